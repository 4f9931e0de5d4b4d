/** Refunds and disputes over HTTP: the merchant's signed calls, the customer's desk and bank. */
import { refundRequest } from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import express, { type Express } from 'express'
import { answer, jsonOf, refuse, refuseMerchant } from './answers.ts'
import type { CompanyDeps } from './company.ts'
import type { CompanyKeys } from './credentials.ts'
import { strikes } from './faults.ts'
import {
  dispute,
  type RefundRefusal,
  refundOrder,
  refundStatusOf,
  refundUnasked,
} from './refunding.ts'

export function mountRefunds(app: Express, deps: CompanyDeps, keys: CompanyKeys): void {
  const raw = express.raw({ type: () => true, limit: '64kb' })
  app.post('/v1/refunds', raw, (req, res) => {
    if (refuseMerchant(deps, keys, req, res)) return
    const request = refundRequest.safeParse(jsonOf(req))
    if (!request.success) return answer(deps, keys, res, { code: 'malformed' }, 400)
    const refunded = refundOrder(deps, request.data)
    if (strikes(deps.faults, 'refund-no-answer', deps.random)) return void res.socket?.destroy()
    if ('ok' in refunded) return answer(deps, keys, res, refunded.status)
    answer(deps, keys, res, { code: refunded.refused }, STATUSES[refunded.refused])
  })
  app.get('/v1/refunds/:id', raw, (req, res) => {
    if (refuseMerchant(deps, keys, req, res)) return
    const status = refundStatusOf(deps, String(req.params.id))
    if (status === undefined) answer(deps, keys, res, { code: 'unknown-refund' }, 404)
    else answer(deps, keys, res, status)
  })
  app.post('/pay/:token/refund', express.json(), (req, res) => {
    const { amountMinor } = (req.body ?? {}) as { amountMinor?: string }
    const minor = amountMinor === undefined ? undefined : BigInt(amountMinor)
    const refunded = refundUnasked(deps, String(req.params.token), minor)
    if (!('ok' in refunded)) return refuse(res, STATUSES[refunded.refused], refunded.refused)
    res.json(refunded.status)
  })
  for (const state of ['opened', 'won', 'lost'] as const) {
    app.post(`/pay/:token/dispute/${state}`, (req, res) => {
      const disputed = dispute(deps, String(req.params.token), state)
      if (!('ok' in disputed)) return refuse(res, 409, disputed.refused)
      res.json({ state: disputed.state })
    })
  }
}

const STATUSES: Record<RefundRefusal, number> = {
  'unknown-order': 404,
  'not-paid': 409,
  'too-much': 409,
  'refund-id-reused': 409,
  'refund-refused': 409,
}
