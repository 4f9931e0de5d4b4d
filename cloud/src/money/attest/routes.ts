/** Sales over HTTP: what the machine said, what it was matched with, how it was booked. */
import { deviceId, listOf, page, saleId } from '@tillproof/shared/api/fields.ts'
import {
  type Posting,
  type Sale,
  type SaleDetail,
  sale,
  saleDetail,
} from '@tillproof/shared/api/money.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { z } from 'zod'
import { type ProofState, proofStateOf } from '../../evidence/log/store.ts'
import type { Tx } from '../../platform/db/db.ts'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { findJournal } from '../ledger/reading.ts'
import { gradeOf } from './grade.ts'
import * as store from './store.ts'

export function saleRoutes(): Route[] {
  return [list(), show()]
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/sales',
    summary: 'Sales, newest first',
    access: 'session',
    query: page.extend({ deviceId: deviceId.optional() }),
    response: listOf(sale),
    async handle({ db, session, query }) {
      const before = query.before === undefined ? null : readCursor(query.before)
      if (before === undefined) return badCursor()
      const wanted = { deviceId: query.deviceId ?? null, before, limit: query.limit }
      const rows = await db.withTenant(session.organisation.id, tx => store.listSales(tx, wanted))
      const last = rows.length === query.limit ? rows.at(-1) : undefined
      return { items: rows.map(saleOf), next: last === undefined ? null : cursorOf(last) }
    },
  })
}

function show(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/sales/:id',
    summary: 'One sale with its events, posting and proof',
    access: 'session',
    params: z.object({ id: saleId }),
    response: saleDetail,
    async handle({ db, session, params }) {
      const detail = await db.withTenant(session.organisation.id, tx => detailOf(tx, params.id))
      return detail ?? noSale()
    },
  })
}

async function detailOf(tx: Tx, id: string): Promise<SaleDetail | undefined> {
  const row = await store.findSale(tx, id)
  if (row === undefined) return undefined
  const events = await store.listSaleEvents(tx, row)
  return {
    ...saleOf(row),
    events: events.map(event => ({
      index: Number(event.index),
      kind: event.kind,
      at: event.at.toISOString(),
      epoch: event.epoch,
    })),
    posting: row.booked ? await postingOf(tx, row) : null,
    evidence: await evidenceOf(tx, row, events),
  }
}

async function postingOf(tx: Tx, row: store.SaleRow): Promise<Posting | null> {
  const journal = await findJournal(tx, row.operatorId, `sale:${row.id}`)
  if (journal === undefined) return null
  return {
    journalId: `${journal.operatorId}.${journal.seq}`,
    bookedAt: new Date(journal.bookedAtMs).toISOString(),
    agreementId: journal.agreement?.id ?? null,
    agreementVersion: journal.agreement?.version ?? null,
    batchSeq: Number(journal.batchSeq),
    legs: journal.legs.map(leg => ({
      account: leg.account,
      side: leg.side,
      amount: { amountMinor: leg.amountMinor.toString(), currency: leg.currency },
    })),
  }
}

/** A sale is proven as far as the head over its last event is. */
async function evidenceOf(
  tx: Tx,
  row: store.SaleRow,
  events: readonly store.SaleEventRow[],
): Promise<ProofState> {
  const last = events.at(-1)
  const head = last && (await store.findCoveringHead(tx, row, last.index))
  if (head === undefined) return { logged: false, witnessed: false, anchored: false }
  return proofStateOf(tx, { type: 'device-head', body: utf8(head) })
}

function saleOf(row: store.SaleRow): Sale {
  const { id, deviceId: device, deviceLabel, item, orderId, channel } = row
  const grade = gradeOf({
    signed: true,
    witnessed: row.witnessed,
    paymentMatched: row.matched,
    settled: row.settled,
    repaying: row.repaying,
  })
  return {
    id: id as Sale['id'],
    deviceId: device,
    deviceLabel,
    item,
    amount: moneyOf(row.amountMinor, row.currency) ?? UNPRICED,
    state: row.booked ? 'cleared' : row.matched ? 'matched' : row.state,
    grade,
    at: row.at.toISOString(),
    orderId,
    channel,
  }
}

/** A sale that was only asked for has no amount yet; ISO 4217 writes "no currency" as three X. */
const UNPRICED = { amountMinor: '0', currency: 'X'.repeat(3) }

const moneyOf = (amountMinor: bigint | null, currency: string | null) =>
  amountMinor === null || currency === null
    ? null
    : { amountMinor: amountMinor.toString(), currency }

const cursorOf = (row: store.SaleRow): string => `${row.at.getTime()}~${row.id}`

/** undefined when the text is not one of our cursors. */
function readCursor(text: string): store.SalePage['before'] | undefined {
  const [ms = '', id = ''] = text.split('~')
  const valid = /^-?\d{1,15}$/.test(ms) && saleId.safeParse(id).success
  return valid ? { at: new Date(Number(ms)), id } : undefined
}

const noSale = () =>
  problem(404, 'sale.unknown', 'There is no such sale, or you may not see it.', 'Reload the list.')

const badCursor = () =>
  problem(400, 'page.cursor', 'This is not a page of the list.', 'Begin with the first page.')
