/** Fetches a day’s bills: a signed answer names where one is, and the hash it has to have. */
import type { BillAnswer, ChannelBills } from '../channel.ts'
import { type ReadBill, readFundBill, readTradeBill } from './bill.ts'
import { call, download, jsonOf, type WechatDeps } from './client.ts'
import { billAnswer } from './wire.ts'

export function wechatBills(deps: WechatDeps): ChannelBills {
  return {
    trades: day => fetchBill(deps, `tradebill?bill_date=${day}&bill_type=ALL`, readTradeBill),
    funds: day => fetchBill(deps, `fundflowbill?bill_date=${day}&account_type=BASIC`, readFundBill),
  }
}

async function fetchBill<Line>(
  deps: WechatDeps,
  query: string,
  read: (body: Uint8Array) => ReadBill<Line>,
): Promise<BillAnswer<Line>> {
  const answer = await call(deps, 'GET', `/v3/bill/${query}`)
  if (!('ok' in answer)) {
    const code = answer.refused === 'rejected' ? answer.code : ''
    return { refused: REFUSALS.get(code) ?? 'unreachable', detail: answer.detail }
  }
  const told = billAnswer.safeParse(jsonOf(answer.body))
  if (!told.success) return { refused: 'malformed', detail: 'the answer does not name a bill' }
  const file = await download(deps, told.data.download_url, told.data.hash_value)
  return 'ok' in file ? read(file.body) : file
}

const REFUSALS = new Map([
  ['NO_STATEMENT_EXIST', 'none'],
  ['STATEMENT_CREATING', 'not-ready'],
] as const as [string, 'none' | 'not-ready'][])
