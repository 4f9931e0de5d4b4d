/** The calls of the simulated WeChat Pay that split a paid order. */
import {
  type ReturnResult,
  returnOrder,
  type SplitResult,
  splitReceiver,
  splitOrder as splitRequest,
  unfreezeOrder,
} from '@tillproof/cloud/money/payments/wechat/wire.ts'
import type { Express, Response } from 'express'
import { answer, BAD_PARAMETERS, type Deps, jsonOf, refusal, refuse } from './answers.ts'
import type { Refusal } from './platform.ts'
import {
  receiverKey,
  type Splitting,
  splitOrder,
  takeBack,
  unfreeze,
  unsplitOf,
} from './splitting.ts'

const NO_SPLIT = refusal(404, 'RESOURCE_NOT_EXISTS', 'no such split')

export function mountSplits(app: Express, deps: Deps): void {
  const { platform } = deps
  const splitting: Splitting = {
    platform,
    receivers: new Set(),
    splits: new Map(),
    returns: new Map(),
    released: new Set(),
  }
  const answerSplit = (res: Response, result: ReturnResult | SplitResult | Refusal): void => {
    if ('refused' in result) refuse(deps, res, result)
    else answer(deps, res, 200, result)
  }
  app.post('/v3/profitsharing/receivers/add', (req, res) => {
    const request = splitReceiver.safeParse(jsonOf(req))
    if (!request.success) return refuse(deps, res, BAD_PARAMETERS)
    splitting.receivers.add(receiverKey(request.data))
    answer(deps, res, 200, request.data)
  })
  app.post('/v3/profitsharing/orders', (req, res) => {
    const request = splitRequest.safeParse(jsonOf(req))
    answerSplit(res, request.success ? splitOrder(splitting, request.data) : BAD_PARAMETERS)
  })
  app.post('/v3/profitsharing/orders/unfreeze', (req, res) => {
    const { data } = unfreezeOrder.safeParse(jsonOf(req))
    if (data === undefined) return refuse(deps, res, BAD_PARAMETERS)
    answerSplit(res, unfreeze(splitting, data.transaction_id, data.out_order_no))
  })
  app.get('/v3/profitsharing/orders/:no', (req, res) => {
    answerSplit(res, splitting.splits.get(String(req.params.no))?.result ?? NO_SPLIT)
  })
  app.post('/v3/profitsharing/return-orders', (req, res) => {
    const request = returnOrder.safeParse(jsonOf(req))
    answerSplit(res, request.success ? takeBack(splitting, request.data) : BAD_PARAMETERS)
  })
  app.get('/v3/profitsharing/return-orders/:no', (req, res) => {
    answerSplit(res, splitting.returns.get(String(req.params.no)) ?? NO_SPLIT)
  })
  app.get('/v3/profitsharing/transactions/:id/amounts', (req, res) => {
    const transaction_id = String(req.params.id)
    const unsplit_amount = unsplitOf(splitting, transaction_id)
    if (unsplit_amount === undefined) return refuse(deps, res, NO_SPLIT)
    answer(deps, res, 200, { transaction_id, unsplit_amount })
  })
}
