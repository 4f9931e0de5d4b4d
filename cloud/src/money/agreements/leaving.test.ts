/** Versions that leave a party out, its machines or its share: nobody loses these unasked. */
import { randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { makeWorld, type World } from '../testing.ts'
import * as agreement from './agreement.ts'

const cloudName = 'test.tillproof.local'
let database: TestDatabase
let world: World
let terms: AgreementTerms
const keys = {
  operator: privateKeyToAccount(generatePrivateKey()),
  lender: privateKeyToAccount(generatePrivateKey()),
}
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  const [operator, lender] = [world.operator, world.lender]
  terms = {
    agreementId: randomUUID(),
    version: 1,
    bookId: operator,
    currency: 'CNY',
    validFromMs: 0,
    deviceIds: [world.devices[0]],
    parties: [
      { organisationId: operator, role: 'operator', signer: keys.operator.address.toLowerCase() },
      { organisationId: lender, role: 'lender', signer: keys.lender.address.toLowerCase() },
    ],
    utcOffsetMinutes: 480,
    ...split(true),
  }
})
afterAll(() => database.drop())

/** The operator's, with or without a share of the lender. */
function split(isShared: boolean) {
  const [operator, lender] = [world.operator, world.lender]
  const account = partyShare(lender)
  const share = { name: 'share', account, partyId: lender, basisPoints: 3000, capMinor: null }
  return fixedShares({
    channels: [{ channel: 'sandbox', basisPoints: 60 }],
    shares: isShared ? [share] : [],
    remainder: { account: partyShare(operator), partyId: operator },
  })
}
const deps = () => ({ db: database.db, cloudName, clock: Date.now })
const userOf = (who: 'operator' | 'lender') => ({
  organisationId: world[who],
  userId: world.users[world[who]] ?? '',
})
const propose = (each: AgreementTerms) => agreement.propose(deps(), each, userOf('operator'))
async function sign(each: AgreementTerms, who: 'operator' | 'lender') {
  const signature = await keys[who].signTypedData(agreementTypedData(each, cloudName))
  return agreement.sign(deps(), each.agreementId, each.version, signature, userOf(who))
}
async function agree(each: AgreementTerms): Promise<void> {
  expect(await propose(each)).toHaveProperty('ok')
  expect(await sign(each, 'lender')).toHaveProperty('ok')
  expect(await sign(each, 'operator')).toHaveProperty('ok')
}
const withoutLender = (version: number): AgreementTerms => ({
  ...terms,
  version,
  parties: terms.parties.slice(0, 1),
  ...split(false),
})

test('a version without a party that has a share is not for the others to make', async () => {
  await agree(terms)
  expect(await propose(withoutLender(2))).toEqual({ refused: 'leaves-party-out' })
})

test('nor is one that was proposed before that party signed', async () => {
  await propose(terms)
  await propose({ ...terms, version: 2, ...split(false) })
  await propose(withoutLender(3))
  await sign(terms, 'lender')
  await sign(terms, 'operator')
  expect(await sign(withoutLender(3), 'operator')).toEqual({ refused: 'leaves-party-out' })
})

test('a party does not sign what a later version has already put aside', async () => {
  await propose(terms)
  await propose(withoutLender(2))
  expect(await sign(withoutLender(2), 'operator')).toHaveProperty('ok')
  expect(await sign(terms, 'lender')).toEqual({ refused: 'superseded' })
})

test('a party that has signed that it gets no share may be left out after it', async () => {
  await agree(terms)
  await agree({ ...terms, version: 2, ...split(false) })
  expect(await propose(withoutLender(3))).toHaveProperty('ok')
  expect(await sign(withoutLender(3), 'operator')).toHaveProperty('ok')
})

test('a version that is only proposed frees no machine for another agreement', async () => {
  await agree(terms)
  expect(await propose({ ...terms, version: 2, deviceIds: [world.devices[1]] })).toHaveProperty(
    'ok',
  )
  const another = { ...withoutLender(1), agreementId: randomUUID() }
  expect(await propose(another)).toEqual({ refused: 'device-in-another-agreement' })
})
