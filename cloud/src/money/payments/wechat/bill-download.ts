/** Fetches a day’s bills: a signed answer names where one is, and the hash it has to have. */
import { type BillCalendar, DAY_MS } from '../bill-calendar.ts'
import type { BillAnswer, BillKind, ChannelBills } from '../channel.ts'
import { readFundBill, readTradeBill } from './bill.ts'
import { call, download, jsonOf, type WechatDeps } from './client.ts'
import { BEIJING_OFFSET_MS, billAnswer } from './wire.ts'

/** Both bills of a day are there from about ten in the morning of the next, in Beijing. */
const CALENDAR: BillCalendar = {
  everyMs: DAY_MS,
  utcOffsetMs: BEIJING_OFFSET_MS,
  readyAfterMs: 10 * 3_600_000,
}

export function wechatBills(deps: WechatDeps): ChannelBills {
  return {
    calendar: CALENDAR,
    fetch: (kind, day) => fetchBill(deps, QUERIES[kind](day)),
    readTrades: readTradeBill,
    readFunds: readFundBill,
  }
}

const QUERIES: Record<BillKind, (day: string) => string> = {
  trades: day => `tradebill?bill_date=${day}&bill_type=ALL`,
  funds: day => `fundflowbill?bill_date=${day}&account_type=BASIC`,
}

async function fetchBill(deps: WechatDeps, query: string): Promise<BillAnswer> {
  const answer = await call(deps, 'GET', `/v3/bill/${query}`)
  if (!('ok' in answer)) {
    const code = answer.refused === 'rejected' ? answer.code : ''
    return { refused: REFUSALS.get(code) ?? 'unreachable', detail: answer.detail }
  }
  const told = billAnswer.safeParse(jsonOf(answer.body))
  if (!told.success) return { refused: 'malformed', detail: 'the answer does not name a bill' }
  return download(deps, told.data.download_url, told.data.hash_value)
}

const REFUSALS = new Map([
  ['NO_STATEMENT_EXIST', 'none'],
  ['STATEMENT_CREATING', 'not-ready'],
] as const as [string, 'none' | 'not-ready'][])
