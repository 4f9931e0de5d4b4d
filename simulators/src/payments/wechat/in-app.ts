/**
 * The company's app on a customer's phone: a page within it hands over what the merchant signed,
 * and the app pays when the signature holds, for the customer who is signed in.
 */

import { MAX_SKEW_MS, verifyLines } from '@tillproof/cloud/money/payments/wechat/signature.ts'
import { type JsapiPayment, jsapiPayment } from '@tillproof/cloud/money/payments/wechat/wire.ts'
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import express, { type Express } from 'express'
import type { Deps } from './answers.ts'
import { payPrepared } from './platform.ts'

const PREFIX = 'prepay_id='

/** `POST /app/<openid>/pay`: the signed-in customer, and the page's payment as JSON. */
export function mountInApp(app: Express, deps: Deps): void {
  const { platform } = deps
  app.post('/app/:openid/pay', express.json({ limit: '4kb' }), (req, res) => {
    const asked = jsapiPayment.safeParse(req.body)
    if (!asked.success || !isTheMerchants(deps, asked.data)) {
      return void res.status(400).json({ code: 'PAY_SIGN_ERROR' })
    }
    const prepayId = asked.data.package.slice(PREFIX.length)
    const paid = payPrepared(platform, prepayId, String(req.params.openid))
    if ('refused' in paid) return void res.status(paid.status).json({ code: paid.refused })
    res.json({ transaction_id: paid.transactionId })
  })
}

function isTheMerchants({ keys, platform }: Deps, payment: JsapiPayment): boolean {
  const { appId, timeStamp, nonceStr, paySign } = payment
  const signature = fromBase64(paySign)
  const skewMs = Math.abs(Number(timeStamp) * 1000 - platform.clock())
  if (signature === undefined || appId !== platform.appId || skewMs > MAX_SKEW_MS) return false
  const lines = [appId, timeStamp, nonceStr]
  return verifyLines(keys.merchantPublicKey, lines, utf8(payment.package), signature)
}
