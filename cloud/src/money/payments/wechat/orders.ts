/**
 * Orders at WeChat Pay: Native, which any customer scans, and JSAPI, which a page within the app
 * pays for a customer that the app has named to it.
 */
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import type { ChannelOrder, CreatedOrder } from '../channel.ts'
import { call, jsonOf, type WechatDeps } from './client.ts'
import { secondsOf, signLines } from './signature.ts'
import {
  beijingInstant,
  type JsapiOrder,
  type JsapiPayment,
  jsapiAnswer,
  type NativeOrder,
  nativeAnswer,
  tradeNoOf,
} from './wire.ts'

export async function createOrder(deps: WechatDeps, order: ChannelOrder): Promise<CreatedOrder> {
  if (order.currency !== 'CNY') return { refused: 'rejected', detail: 'only CNY is taken' }
  const request = nativeOrderOf(deps, order)
  return order.payer === undefined
    ? native(deps, request)
    : jsapi(deps, { ...request, payer: { openid: order.payer } })
}

async function native(deps: WechatDeps, request: NativeOrder): Promise<CreatedOrder> {
  const answer = await call(deps, 'POST', '/v3/pay/transactions/native', request)
  if ('refused' in answer) return { refused: answer.refused, detail: answer.detail }
  const created = nativeAnswer.safeParse(jsonOf(answer.body))
  return created.success ? { ok: true, payUrl: created.data.code_url } : NO_ORDER
}

async function jsapi(deps: WechatDeps, request: JsapiOrder): Promise<CreatedOrder> {
  const answer = await call(deps, 'POST', '/v3/pay/transactions/jsapi', request)
  if ('refused' in answer) return { refused: answer.refused, detail: answer.detail }
  const created = jsapiAnswer.safeParse(jsonOf(answer.body))
  if (!created.success) return NO_ORDER
  return { ok: true, payUrl: '', inApp: paymentOf(deps, created.data.prepay_id) }
}

const NO_ORDER: CreatedOrder = { refused: 'rejected', detail: 'the answer is not an order' }

/** The app pays only what the merchant signed: app, time, nonce and package, a line each. */
function paymentOf({ merchant, clock, randomBytes }: WechatDeps, prepayId: string): JsapiPayment {
  const { appId, signer } = merchant
  const timeStamp = secondsOf(clock())
  const nonceStr = toHex(randomBytes(16))
  const packed = `prepay_id=${prepayId}`
  const paySign = signLines(signer.privateKey, [appId, timeStamp, nonceStr], packed)
  return { appId, timeStamp, nonceStr, package: packed, signType: 'RSA', paySign }
}

const nativeOrderOf = ({ merchant, notifyUrl }: WechatDeps, order: ChannelOrder): NativeOrder => ({
  appid: merchant.appId,
  mchid: merchant.signer.merchantId,
  description: order.item,
  out_trade_no: tradeNoOf(order.id),
  time_expire: beijingInstant(order.expiresAtMs),
  notify_url: notifyUrl,
  settle_info: { profit_sharing: merchant.profitSharing },
  amount: { total: Number(order.amountMinor), currency: 'CNY' },
})
