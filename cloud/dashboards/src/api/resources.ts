/** The cloud's resources as typed functions, one a path, in the order of the dashboard's pages. */
import {
  agreement,
  agreementPreview,
  type newAgreement,
  type newPreview,
  type newSignature,
  type newTransfer,
  type newTransferSignature,
  transferDocument,
} from '@tillproof/shared/api/agreements.ts'
import { auditOrder } from '@tillproof/shared/api/audits.ts'
import { boxCount, type newBoxCount } from '@tillproof/shared/api/cash.ts'
import { logStatus } from '@tillproof/shared/api/evidence.ts'
import { listOf } from '@tillproof/shared/api/fields.ts'
import { loan, portfolio } from '@tillproof/shared/api/lending.ts'
import {
  device,
  deviceContact,
  deviceEvent,
  enrolment,
  incident,
  type newEnrolment,
} from '@tillproof/shared/api/machines.ts'
import { account, ledgerCheck, sale, saleDetail } from '@tillproof/shared/api/money.ts'
import {
  openItem,
  openItemAgeing,
  type openItemClosing,
  openItemDetail,
  type openItemReopening,
} from '@tillproof/shared/api/open-items.ts'
import {
  grant,
  type newGrant,
  organisation,
  session,
  type signIn,
} from '@tillproof/shared/api/people.ts'
import { type newRefund, refund } from '@tillproof/shared/api/refunds.ts'
import { agreementVersion } from '@tillproof/shared/api/registrations.ts'
import { balance, statement } from '@tillproof/shared/api/statements.ts'
import { type period, takings } from '@tillproof/shared/api/takings.ts'
import { type takingsAsked, takingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import { z } from 'zod'
import type { Client } from './client.ts'

export type Page = { limit?: number; before?: string | undefined }
export type List<T> = { items: T[]; next: string | null }
/** What is empty is not asked for. */
type OpenItemQuery = Record<'state' | 'reason' | 'ageBucket' | 'deviceId', string>
/** An empty `deviceId` asks for all machines. */
type TakingsQuery = Omit<z.input<typeof takingsAsked>, 'deviceId'> & { deviceId: string }
/** An account of a book, from the first instant to before the last. */
export type AccountPeriod = {
  book: string
  account: string
  currency: string
  from: string
  to: string
}
type Signal = AbortSignal | undefined

export type Api = ReturnType<typeof createApi>

/** Every call the dashboard makes; all validated by the schemas that the cloud answers with. */
export function createApi(client: Client) {
  return {
    ...people(client),
    ...lending(client),
    ...openItems(client),
    ...agreements(client),
    ...machines(client),
    ...evidence(client),
  }
}

function people({ json, done }: Client) {
  const path = '/api/v1/session'
  return {
    signIn: (body: z.input<typeof signIn>) => json(session, { method: 'POST', path, body }),
    session: (signal?: Signal) => json(session, { path, signal }),
    signOut: () => done({ method: 'DELETE', path }),
    organisations: (signal?: Signal) =>
      json(listOf(organisation), { path: '/api/v1/organisations', signal }),
    grants: (signal?: Signal) => json(listOf(grant), { path: '/api/v1/grants', signal }),
    addGrant: (body: z.input<typeof newGrant>) =>
      json(grant, { method: 'POST', path: '/api/v1/grants', body }),
    revokeGrant: (id: string) =>
      done({ method: 'DELETE', path: `/api/v1/grants/${encodeURIComponent(id)}` }),
  }
}

function lending({ json }: Client) {
  return {
    portfolio: (signal?: Signal) => json(portfolio, { path: '/api/v1/portfolio', signal }),
    loan: (id: string, signal?: Signal) =>
      json(loan, { path: `/api/v1/loans/${encodeURIComponent(id)}`, signal }),
    sales: (query: Page & { deviceId?: string | undefined }, signal?: Signal) =>
      json(listOf(sale), { path: '/api/v1/sales', query, signal }),
    sale: (id: string, signal?: Signal) =>
      json(saleDetail, { path: `/api/v1/sales/${encodeURIComponent(id)}`, signal }),
    accounts: (query: Page, signal?: Signal) =>
      json(listOf(account), { path: '/api/v1/accounts', query, signal }),
    takings: (query: TakingsQuery, signal?: Signal) =>
      json(takingsByPeriod, { path: '/api/v1/takings', query, signal }),
    refunds: (query: { orderId: string } & Page, signal?: Signal) =>
      json(listOf(refund), { path: '/api/v1/refunds', query, signal }),
    addRefund: (body: z.input<typeof newRefund>) =>
      json(refund, { method: 'POST', path: '/api/v1/refunds', body }),
    balances: (at: string, signal?: Signal) =>
      json(listOf(balance), { path: '/api/v1/ledger/balances', query: { at }, signal }),
    statement: (query: AccountPeriod & Page, signal?: Signal) =>
      json(statement, { path: '/api/v1/ledger/statement', query, signal }),
    ledgerCheck: (signal?: Signal) => json(ledgerCheck, { path: '/api/v1/ledger/check', signal }),
  }
}

function openItems({ json }: Client) {
  const path = '/api/v1/open-items'
  const one = (id: string) => `${path}/${encodeURIComponent(id)}`
  return {
    openItems: (query: OpenItemQuery & Page, signal?: Signal) =>
      json(listOf(openItem), { path, query, signal }),
    openItemAgeing: (signal?: Signal) => json(openItemAgeing, { path: `${path}/ageing`, signal }),
    openItem: (id: string, signal?: Signal) => json(openItemDetail, { path: one(id), signal }),
    closeOpenItem: (id: string, body: z.input<typeof openItemClosing>) =>
      json(openItemDetail, { method: 'POST', path: `${one(id)}/close`, body }),
    reopenOpenItem: (id: string, body: z.input<typeof openItemReopening>) =>
      json(openItemDetail, { method: 'POST', path: `${one(id)}/reopen`, body }),
  }
}

function agreements({ json }: Client) {
  const one = (id: string) => `/api/v1/agreements/${encodeURIComponent(id)}`
  return {
    agreements: (signal?: Signal) =>
      json(listOf(agreement), { path: '/api/v1/agreements', signal }),
    agreementVersion: (id: string, version: number, signal?: Signal) =>
      json(agreementVersion, { path: `${one(id)}/versions/${version}`, signal }),
    proposeAgreement: (body: z.input<typeof newAgreement>) =>
      json(agreement, { method: 'POST', path: '/api/v1/agreements', body }),
    signAgreement: (id: string, body: z.input<typeof newSignature>) =>
      json(agreement, { method: 'POST', path: `${one(id)}/signatures`, body }),
    previewAgreement: (body: z.input<typeof newPreview>, signal?: Signal) =>
      json(agreementPreview, {
        method: 'POST',
        path: '/api/v1/agreements/preview',
        body,
        signal,
      }),
    offerTransfer: (body: z.input<typeof newTransfer>) =>
      json(transferDocument, { method: 'POST', path: '/api/v1/transfers', body }),
    signTransfer: (id: string, body: z.input<typeof newTransferSignature>) =>
      json(transferDocument, {
        method: 'POST',
        path: `/api/v1/transfers/${encodeURIComponent(id)}/signatures`,
        body,
      }),
    transfers: (id: string, signal?: Signal) =>
      json(listOf(transferDocument), { path: `${one(id)}/transfers`, signal }),
  }
}

/** Lists that are never long enough for a second page. */
function itemsOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item) })
}

function machines({ json }: Client) {
  const one = (id: string) => `/api/v1/devices/${encodeURIComponent(id)}`
  return {
    devices: (query: Page, signal?: Signal) =>
      json(listOf(device), { path: '/api/v1/devices', query, signal }),
    device: (id: string, signal?: Signal) => json(device, { path: one(id), signal }),
    deviceEvents: (id: string, query: Page, signal?: Signal) =>
      json(listOf(deviceEvent), { path: `${one(id)}/events`, query, signal }),
    deviceContacts: (id: string, signal?: Signal) =>
      json(itemsOf(deviceContact), { path: `${one(id)}/contacts`, signal }),
    auditOrders: (id: string, signal?: Signal) =>
      json(itemsOf(auditOrder), { path: `${one(id)}/audits`, signal }),
    orderAudit: (id: string) => json(auditOrder, { method: 'POST', path: `${one(id)}/audits` }),
    deviceTakings: (id: string, query: z.input<typeof period>, signal?: Signal) =>
      json(takings, { path: `${one(id)}/takings`, query, signal }),
    boxCounts: (id: string, query: Page, signal?: Signal) =>
      json(listOf(boxCount), { path: `${one(id)}/box-counts`, query, signal }),
    addBoxCount: (id: string, body: z.input<typeof newBoxCount>) =>
      json(boxCount, { method: 'POST', path: `${one(id)}/box-counts`, body }),
    closeIncident: (id: string, reason: string) =>
      json(incident, {
        method: 'POST',
        path: `/api/v1/incidents/${encodeURIComponent(id)}/closure`,
        body: { reason },
      }),
    incidents: (signal?: Signal) => json(listOf(incident), { path: '/api/v1/incidents', signal }),
    addEnrolment: (body: z.input<typeof newEnrolment>) =>
      json(enrolment, { method: 'POST', path: '/api/v1/enrolments', body }),
  }
}

function evidence({ json, text }: Client) {
  return {
    logStatus: (signal?: Signal) => json(logStatus, { path: '/api/v1/log/status', signal }),
    checkpoint: (signal?: Signal) => text({ path: '/log/checkpoint', signal }),
    policy: (signal?: Signal) => text({ path: '/api/v1/policy', signal }),
    bundle: (saleId: string, signal?: Signal) => text({ path: bundlePath(saleId), signal }),
  }
}

/** Where a sale's proof bundle is downloaded. */
export function bundlePath(saleId: string): string {
  return `/api/v1/bundles/sales/${encodeURIComponent(saleId)}`
}

/** Where the proof of a machine's events, both ends included, is downloaded. */
export function rangeBundlePath(
  deviceId: string,
  { epoch, index, lastIndex }: { epoch: number; index: number; lastIndex: number },
): string {
  const range = { epoch: String(epoch), from: String(index), to: String(lastIndex) }
  const search = new URLSearchParams(range)
  return `/api/v1/bundles/devices/${encodeURIComponent(deviceId)}?${search}`
}
