/** Participations over HTTP: offered, signed by both sides, seen by everybody concerned. */
import {
  newTransfer,
  newTransferSignature,
  transferDocument,
} from '@tillproof/shared/api/agreements.ts'
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import { z } from 'zod'
import { defineRoute, problem, type Refused, type Route } from '../../platform/http/route.ts'
import type { AgreementsDeps } from './agreement.ts'
import { offerTransfer, signTransfer, type TransferRefusal } from './transfer.ts'
import { listTransfers } from './transfer-store.ts'

export function transferRoutes(deps: AgreementsDeps): Route[] {
  return [offer(deps), list(), addSignature(deps)]
}

function offer(deps: AgreementsDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/transfers',
    summary: 'Offer units of a participation to another holder',
    access: { roles: ['admin'] },
    body: newTransfer,
    response: transferDocument,
    status: 201,
    async handle({ session, body }) {
      const by = { organisationId: session.organisation.id, userId: session.userId }
      const offered = await offerTransfer(deps, body, by)
      return 'ok' in offered ? offered.transfer : TRANSFER_PROBLEMS[offered.refused]
    },
  })
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/agreements/:id/transfers',
    summary: 'Transfers of the participations of an agreement',
    access: 'session',
    params: z.object({ id }),
    response: listOf(transferDocument),
    async handle({ db, session, params }) {
      const items = await db.withTenant(session.organisation.id, tx => listTransfers(tx, params.id))
      return { items, next: null }
    },
  })
}

function addSignature(deps: AgreementsDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/transfers/:id/signatures',
    summary: 'Sign a transfer for this organisation',
    access: { roles: ['admin'] },
    params: z.object({ id }),
    body: newTransferSignature,
    response: transferDocument,
    async handle({ session, params, body }) {
      const by = { organisationId: session.organisation.id, userId: session.userId }
      const signed = await signTransfer(deps, params.id, body.signature, by)
      return 'ok' in signed ? signed.transfer : TRANSFER_PROBLEMS[signed.refused]
    },
  })
}

const TRANSFER_PROBLEMS: Record<TransferRefusal, Refused> = {
  unknown: problem(
    404,
    'transfer.unknown',
    'There is no such transfer, or its agreement is not in force.',
    'Look at the agreement and its transfers.',
  ),
  'not-a-side': problem(
    403,
    'transfer.not-a-side',
    'Your organisation neither gives nor takes these units.',
    'Ask a side of the transfer.',
  ),
  'no-participation': problem(
    400,
    'transfer.no-participation',
    'The agreement has no participation with this account.',
    'Name one of the participations in its terms.',
  ),
  'organisation-unknown': problem(
    400,
    'transfer.organisation-unknown',
    'The taker is no organisation of this cloud.',
    'Choose one from the list of organisations.',
  ),
  'other-key': problem(
    400,
    'transfer.other-key',
    'The giver did not come to its units with this key.',
    'Name the key of the agreement, or of the transfer by which it got them.',
  ),
  'too-few-units': problem(
    409,
    'transfer.too-few-units',
    'The giver does not hold so many units.',
    'Look at the register and at transfers that are signed already.',
  ),
  'same-side': problem(
    400,
    'transfer.same-side',
    'Giver and taker are the same.',
    'Name two organisations.',
  ),
  'transfer-taken': problem(
    409,
    'transfer.taken',
    'A transfer with this id exists.',
    'Give each transfer an id of its own.',
  ),
  'wrong-signature': problem(
    400,
    'transfer.wrong-signature',
    'The signature is not that of the key which the transfer names for your organisation.',
    'Sign the typed data of exactly this transfer with that key.',
  ),
  'signed-already': problem(
    409,
    'transfer.signed-already',
    'Your organisation has signed this transfer.',
    'Nothing is left to do.',
  ),
}
