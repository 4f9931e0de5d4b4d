/** A day's bills as WeChat Pay writes them: docs/wire/wechat-channel.md. */
import { BEIJING_OFFSET_MS } from '@tillproof/cloud/money/payments/wechat/wire.ts'
import type { Platform } from './platform.ts'

/** The fee: 0.6 % of a payment, given back with a refund. */
const FEE_PER_MILLE = 6n

/** Undefined on a day on which nothing happened. */
export function tradeBill(platform: Platform, day: string): string | undefined {
  const rows = movementsOn(platform, day)
  if (rows.length === 0) return undefined
  const sum = (of: (row: Movement) => bigint) => rows.reduce((total, row) => total + of(row), 0n)
  const sums = [
    String(rows.length),
    yuan(sum(paidOf)),
    yuan(sum(refundedOf)),
    '0.00',
    yuan(sum(feeOf), 5),
    yuan(sum(paidOf)),
    yuan(sum(refundedOf)),
  ]
  return csv(
    TRADE_HEAD,
    rows.map(row => tradeRow(platform, row)),
    TRADE_SUMS_HEAD,
    sums,
  )
}

/** Each payment and its fee, each refund less the fee given back: what moved the account. */
export function fundBill(platform: Platform, day: string): string | undefined {
  const flows = movementsOn(platform, day).flatMap(flowsOf)
  if (flows.length === 0) return undefined
  const before = movements(platform)
    .filter(({ atMs }) => localTime(atMs) < day)
    .flatMap(flowsOf)
  let balance = before.reduce((sum, { amount }) => sum + amount, 0n)
  const rows = flows.map((flow, at) => {
    balance += flow.amount
    const direction = flow.amount < 0n ? '支出' : '收入'
    const amounts = [yuan(abs(flow.amount)), yuan(balance)]
    const { time, businessId, name, kind, voucherId } = flow
    const flowId = `${day}-${at}`
    return [time, businessId, flowId, name, kind, direction, ...amounts, 'system', '', voucherId]
  })
  const of = (sign: (amount: bigint) => boolean) => flows.filter(({ amount }) => sign(amount))
  const [came, went] = [of(amount => amount >= 0n), of(amount => amount < 0n)]
  const total = (some: Flow[]) => yuan(abs(some.reduce((sum, { amount }) => sum + amount, 0n)))
  const counts = [flows.length, came.length, went.length].map(count => `${count}.0`)
  const sums = [counts[0], counts[1], total(came), counts[2], total(went)].map(String)
  return csv(FUND_HEAD, rows, FUND_SUMS_HEAD, sums)
}

type Movement = {
  atMs: number
  tradeNo: string
  transactionId: string
  item: string
  /** In fen, one of them zero. */
  paid: bigint
  refund: { no: string; id: string; amount: bigint } | null
}
type Flow = {
  time: string
  businessId: string
  name: string
  kind: string
  amount: bigint
  voucherId: string
}

const movementsOn = (platform: Platform, day: string): Movement[] =>
  movements(platform).filter(({ atMs }) => localTime(atMs).startsWith(day))

function movements(platform: Platform): Movement[] {
  const payments = [...platform.orders.values()].map(order => ({
    atMs: order.paidAtMs ?? Number.NaN,
    tradeNo: order.request.out_trade_no,
    transactionId: order.transactionId ?? '',
    item: order.request.description,
    paid: BigInt(order.request.amount.total),
    refund: null,
  }))
  const refunds = [...platform.refunds.values()]
    .filter(({ status }) => status === 'SUCCESS')
    .map(({ atMs, transactionId, refundId: id, request }) => ({
      atMs,
      tradeNo: request.out_trade_no,
      transactionId,
      item: '',
      paid: 0n,
      refund: { no: request.out_refund_no, id, amount: BigInt(request.amount.refund) },
    }))
  return [...payments, ...refunds]
    .filter(({ atMs }) => Number.isFinite(atMs))
    .sort((one, other) => one.atMs - other.atMs)
}

const paidOf = ({ paid }: Movement): bigint => paid
const refundedOf = ({ refund }: Movement): bigint => refund?.amount ?? 0n
/** In thousandths of a fen. */
const feeOf = (row: Movement): bigint => (paidOf(row) - refundedOf(row)) * FEE_PER_MILLE

function tradeRow(platform: Platform, row: Movement): string[] {
  const { refund } = row
  const request = platform.orders.get(row.tradeNo)?.request
  const way = request && 'payer' in request ? 'JSAPI' : 'NATIVE'
  return [
    ...[localTime(row.atMs), platform.appId, platform.merchantId, '0', '', row.transactionId],
    ...[row.tradeNo, 'payer', way, refund === null ? 'SUCCESS' : 'REFUND', 'OTHERS', 'CNY'],
    ...[yuan(row.paid), '0.00', refund?.id ?? '0', refund?.no ?? '0'],
    ...[yuan(refundedOf(row)), '0.00', refund === null ? '' : 'ORIGINAL'],
    ...[refund === null ? '' : 'SUCCESS', row.item, '', yuan(feeOf(row), 5), '0.60%'],
    ...[yuan(row.paid), yuan(refundedOf(row)), ''],
  ]
}

function flowsOf(row: Movement): Flow[] {
  const fee = (abs(feeOf(row)) + 500n) / 1000n
  const time = localTime(row.atMs)
  if (row.refund !== null) {
    const { id: businessId, no: voucherId, amount } = row.refund
    return [{ time, businessId, name: '退款', kind: '退款', amount: fee - amount, voucherId }]
  }
  const about = { time, businessId: row.transactionId, name: '交易', voucherId: row.tradeNo }
  return [
    { ...about, kind: '交易', amount: row.paid },
    ...(fee > 0n ? [{ ...about, kind: '扣除交易手续费', amount: -fee }] : []),
  ]
}

const localTime = (atMs: number): string =>
  new Date(atMs + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

const abs = (amount: bigint): bigint => (amount < 0n ? -amount : amount)

function yuan(amount: bigint, decimals = 2): string {
  const digits = abs(amount)
    .toString()
    .padStart(decimals + 1, '0')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

const csv = (head: string, rows: string[][], sumsHead: string, sums: string[]): string =>
  [head, ...rows.map(quoted), sumsHead, quoted(sums), ''].join('\r\n')

const quoted = (cells: readonly string[]): string => cells.map(cell => `\`${cell}`).join(',')

const TRADE_HEAD =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,' +
  '交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,' +
  '充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const TRADE_SUMS_HEAD =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'
const FUND_HEAD =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),' +
  '资金变更提交申请人,备注,业务凭证号'
const FUND_SUMS_HEAD = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'
