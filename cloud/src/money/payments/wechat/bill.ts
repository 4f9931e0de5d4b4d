/**
 * WeChat Pay's daily bills: text in yuan, a backtick before every cell so that spreadsheets leave
 * numbers alone; a head, lines, a second head and the sums. docs/wire/wechat-channel.md. Pure.
 *
 *   交易时间,公众账号ID,…                      named columns: kinds of bills order them differently
 *   `2026-11-21 10:00:00,`wx…,`1900000109,…   one line a trade or movement
 *   总交易单数,应结订单总金额,…
 *   `2,`9.90,…                                held against the lines
 */
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import type { FundLine, ReadBill, TradeLine } from '../channel.ts'
import { BEIJING_OFFSET_MS, orderIdOf } from './wire.ts'

/** The kinds ALL, SUCCESS and REFUND. */
export function readTradeBill(body: Uint8Array): ReadBill<TradeLine> {
  return readBill(body, tradeLineOf, (sums, lines) => {
    const refunded = lines.reduce((sum, { refund }) => sum + (refund?.amountMinor ?? 0n), 0n)
    const settled = lines.reduce((sum, line) => sum + line.settledMinor, 0n)
    return (
      sums.get('总交易单数') === String(lines.length) &&
      fenOf(sums.get('应结订单总金额') ?? '') === settled &&
      fenOf(sums.get('申请退款总金额') ?? sums.get('退款总金额') ?? '') === refunded
    )
  })
}

export function readFundBill(body: Uint8Array): ReadBill<FundLine> {
  return readBill(body, fundLineOf, (sums, lines) => {
    const of = (wanted: FundLine['direction']) =>
      lines.filter(({ direction }) => direction === wanted)
    const sumOf = (some: FundLine[]) => some.reduce((sum, line) => sum + line.amountMinor, 0n)
    return (
      countOf(sums.get('资金流水总笔数')) === lines.length &&
      fenOf(sums.get('收入金额') ?? '') === sumOf(of('in')) &&
      fenOf(sums.get('支出金额') ?? '') === sumOf(of('out'))
    )
  })
}

type Row = ReadonlyMap<string, string>

function readBill<Line>(
  body: Uint8Array,
  lineOf: (row: Row) => Line | undefined,
  agree: (sums: Row, lines: Line[]) => boolean,
): ReadBill<Line> {
  const text = fromUtf8(body)
  if (text === undefined) return malformed('not UTF-8')
  const rows = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter(row => row !== '')
  const sumsAt = rows.findIndex((row, at) => at > 0 && !row.startsWith('`'))
  if (sumsAt < 0 || rows.length !== sumsAt + 2) return malformed('no sums at the end')
  const heads = columnsOf(rows[0])
  const lines: Line[] = []
  for (const [at, text] of rows.slice(1, sumsAt).entries()) {
    const row = rowOf(heads, text)
    const line = row && lineOf(row)
    if (line === undefined) return malformed(`line ${at + 2} cannot be read`)
    lines.push(line)
  }
  const sums = rowOf(columnsOf(rows[sumsAt]), rows[sumsAt + 1] ?? '')
  if (sums === undefined || !agree(sums, lines)) return malformed('its sums are not its lines’')
  return { ok: true, lines }
}

const malformed = (detail: string): { refused: 'malformed'; detail: string } => ({
  refused: 'malformed',
  detail,
})

/** Parentheses come in both widths. */
const columnsOf = (head: string | undefined): string[] =>
  (head ?? '').split(',').map(name => name.replace('（', '(').replace('）', ')').trim())

function rowOf(heads: readonly string[], row: string): Row | undefined {
  if (!row.startsWith('`')) return undefined
  const cells = row.slice(1).split(',`')
  if (cells.length !== heads.length) return undefined
  return new Map(heads.map((name, at) => [name, cells[at]?.trim() ?? '']))
}

function tradeLineOf(row: Row): TradeLine | undefined {
  const cell = (name: string): string => row.get(name) ?? ''
  const state = cell('交易状态')
  const line = {
    atMs: beijingMs(cell('交易时间')),
    orderId: orderIdOf(cell('商户订单号')) ?? cell('商户订单号'),
    transactionId: cell('微信订单号'),
    currency: cell('货币种类'),
    amountMinor: fenOf(cell('订单金额')),
    settledMinor: fenOf(cell('应结订单金额')),
    feeMilliMinor: minorOf(cell('手续费'), 5),
    refund: null,
  }
  if (!isWhole(line) || line.transactionId === '') return undefined
  if (state === 'SUCCESS') return line
  const amountMinor = fenOf(row.get('申请退款金额') ?? cell('退款金额'))
  const [refundId, companyRefundId] = [cell('商户退款单号'), cell('微信退款单号')]
  if (state !== 'REFUND' || amountMinor === undefined || refundId === '') return undefined
  return { ...line, refund: { refundId, companyRefundId, amountMinor } }
}

const DIRECTIONS = new Map([
  ['收入', 'in'],
  ['支出', 'out'],
] as const)

function fundLineOf(row: Row): FundLine | undefined {
  const cell = (name: string): string => row.get(name) ?? ''
  const line = {
    atMs: beijingMs(cell('记账时间')),
    flowId: cell('资金流水单号'),
    businessId: cell('微信支付业务单号'),
    business: cell('业务类型'),
    amountMinor: fenOf(cell('收支金额(元)')),
    direction: DIRECTIONS.get(cell('收支类型') as '收入' | '支出'),
    balanceMinor: fenOf(cell('账户结余(元)')),
    note: cell('备注'),
    voucherId: orderIdOf(cell('业务凭证号')) ?? cell('业务凭证号'),
  }
  return isWhole(line) && line.flowId !== '' ? line : undefined
}

/** Whether every field could be read. */
const isWhole = <T extends object>(line: T): line is { [K in keyof T]: Exclude<T[K], undefined> } =>
  !Object.values(line).includes(undefined)

const fenOf = (text: string): bigint | undefined => minorOf(text, 2)

/** Yuan with up to so many decimals, in units of the last one; digits only, never a float. */
export function minorOf(text: string, decimals: number): bigint | undefined {
  const [, sign, whole, part = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,8}))?$/.exec(text) ?? []
  if (whole === undefined || /[1-9]/.test(part.slice(decimals))) return undefined
  const digits = BigInt(whole + part.slice(0, decimals).padEnd(decimals, '0'))
  return sign === '-' ? -digits : digits
}

/** Some bills write their counts as `20.0`. */
function countOf(text: string | undefined): number | undefined {
  const count = minorOf(text ?? '', 0)
  return count === undefined ? undefined : Number(count)
}

function beijingMs(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return undefined
  const asUtc = Date.parse(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(asUtc) ? undefined : asUtc - BEIJING_OFFSET_MS
}
