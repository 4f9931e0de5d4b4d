/** Agreements over HTTP: proposed by the operator, seen and signed by every party. */
import type { AgreementFault } from '@tillproof/shared/agreement/check.ts'
import { agreement, newAgreement, newSignature } from '@tillproof/shared/api/agreements.ts'
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import { z } from 'zod'
import { defineRoute, problem, type Refused, type Route } from '../../platform/http/route.ts'
import {
  type AgreementsDeps,
  type ProposalRefusal,
  propose,
  type SigningRefusal,
  sign,
} from './agreement.ts'
import { draftRoutes } from './draft-routes.ts'
import { listVersions } from './store.ts'
import { transferRoutes } from './transfer-routes.ts'

const MOST_LISTED = 200

export function agreementRoutes(deps: AgreementsDeps): Route[] {
  return [create(deps), list(), addSignature(deps), ...draftRoutes(deps), ...transferRoutes(deps)]
}

function create(deps: AgreementsDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/agreements',
    summary: 'Propose a version of an agreement',
    access: { roles: ['admin'], kinds: ['operator'] },
    body: newAgreement,
    response: agreement,
    status: 201,
    async handle({ session, body }) {
      const by = { organisationId: session.organisation.id, userId: session.userId }
      const proposal = await propose(deps, body, by)
      if ('ok' in proposal) return proposal.agreement
      if ('faults' in proposal) return doesNotHold(proposal.faults)
      return PROPOSAL_PROBLEMS[proposal.refused]
    },
  })
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/agreements',
    summary: 'Agreements this organisation is a party of',
    access: 'session',
    response: listOf(agreement),
    async handle({ db, session }) {
      const items = await db.withTenant(session.organisation.id, tx =>
        listVersions(tx, MOST_LISTED),
      )
      return { items, next: null }
    },
  })
}

function addSignature(deps: AgreementsDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/agreements/:id/signatures',
    summary: 'Sign a version for this organisation',
    access: { roles: ['admin'] },
    params: z.object({ id }),
    body: newSignature,
    response: agreement,
    async handle({ session, params, body }) {
      const by = { organisationId: session.organisation.id, userId: session.userId }
      const signing = await sign(deps, params.id, body.version, body.signature, by)
      return 'ok' in signing ? signing.agreement : SIGNING_PROBLEMS[signing.refused]
    },
  })
}

const doesNotHold = (faults: readonly AgreementFault[]): Refused =>
  problem(
    400,
    'agreement.does-not-hold',
    faults[0]?.message ?? 'The terms cannot split sales.',
    'Correct the terms or the script; /api/v1/agreements/check says everything that is wrong.',
    { faults },
  )

const leavesPartyOut: Refused = problem(
  409,
  'agreement.leaves-party-out',
  'A party that has a share in the version in force is left out.',
  'Keep it as a party; one that has signed a version without a share may be left out after it.',
)

const PROPOSAL_PROBLEMS: Record<ProposalRefusal, Refused> = {
  'not-your-book': problem(
    403,
    'agreement.not-your-book',
    'An agreement splits the sales of its own operator only.',
    'Set bookId to your organisation.',
  ),
  'version-taken': problem(
    409,
    'agreement.version-taken',
    'This version exists and can no longer change.',
    'Propose the next version.',
  ),
  'version-out-of-order': problem(
    409,
    'agreement.version-out-of-order',
    'Versions follow one another without gaps.',
    'Propose the version after the newest one; the first is 1.',
  ),
  'organisation-unknown': problem(
    400,
    'agreement.organisation-unknown',
    'A party is no organisation of this cloud.',
    'Choose parties from the list of organisations.',
  ),
  'device-unknown': problem(
    400,
    'agreement.device-unknown',
    'A machine in the terms is not one of yours.',
    'List machines of your own only.',
  ),
  'device-in-another-agreement': problem(
    409,
    'agreement.device-taken',
    'A machine is split by another agreement in this currency.',
    'Leave it out there by a new version first.',
  ),
  'loan-of-another': problem(
    409,
    'agreement.loan-of-another',
    'A share that repays a loan goes to somebody who did not give it.',
    "Make the loan's lender the party of that share.",
  ),
  'leaves-party-out': leavesPartyOut,
  'participation-changed': problem(
    409,
    'agreement.participation-changed',
    'A register of holders is not as it was signed.',
    'Leave it as in the version in force; units move by transfers.',
  ),
}

const SIGNING_PROBLEMS: Record<SigningRefusal, Refused> = {
  unknown: problem(
    404,
    'agreement.unknown',
    'There is no such version.',
    'Choose one from the list of agreements.',
  ),
  'not-a-party': problem(
    403,
    'agreement.not-a-party',
    'Your organisation is not a party of this agreement.',
    'Ask a party to sign.',
  ),
  'wrong-signature': problem(
    400,
    'agreement.wrong-signature',
    'The signature is not that of the key which the terms name for your organisation.',
    'Sign the typed data of exactly this version with that key.',
  ),
  'signed-already': problem(
    409,
    'agreement.signed-already',
    'Your organisation has signed this version.',
    'Nothing is left to do.',
  ),
  superseded: problem(
    409,
    'agreement.superseded',
    'A later version is signed by all its parties; this one can no longer take effect.',
    'Look at the newest version, and propose another if it is not what you agreed.',
  ),
  'leaves-party-out': leavesPartyOut,
}
