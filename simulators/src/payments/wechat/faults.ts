/**
 * What can go wrong between WeChat Pay and its merchant, by name. A fault strikes all that it can
 * while it is in the set; a test puts it in, and takes it out.
 */
export const WECHAT_FAULTS = [
  /** Notifications: not sent; sent twice; a day late; the same bytes again ten minutes later. */
  'no-notify',
  'double-notify',
  'late-notify',
  'replay-notify',
  /** Signed over other bytes, of a fen more, to another merchant. */
  'bad-signature',
  'wrong-amount',
  'wrong-merchant',
  /** A payment is told a minute late, so that its refund is told before it. */
  'refund-first',
  /** Money cannot go back where it came from. */
  'refund-abnormal',
  /** A split is accepted, and its parts are closed. */
  'receiver-closed',
  /** Whoever should return a part has nothing left. */
  'payer-broke',
  /** Requests: answered with 500 and not done; done and not answered. */
  'server-error',
  'no-answer',
  /** A bill's file is not the one whose hash was signed. */
  'altered-bill',
] as const
export type WechatFault = (typeof WECHAT_FAULTS)[number]

export const isWechatFault = (text: string): text is WechatFault =>
  (WECHAT_FAULTS as readonly string[]).includes(text)
