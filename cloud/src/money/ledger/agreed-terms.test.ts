/**
 * Terms that remember, in a real book: what the writer keeps between sales and batches, over a
 * change of writer, and what the checker makes of it; takings that an agreement comes for later;
 * participations that change hands.
 */
import { randomUUID } from 'node:crypto'
import { participation, partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { compose, feeStep, type Split } from '@tillproof/shared/agreement/template/compose.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import { type Transfer, transferTypedData } from '@tillproof/shared/agreement/transfer.ts'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { offerTransfer, signTransfer } from '../agreements/transfer.ts'
import { makeWorld, type World } from '../testing.ts'
import { checkBook } from './check.ts'
import { agreementBench, type Bench, CLOUD } from './testing-agreements.ts'

let database: TestDatabase
let world: World
let bench: Bench
beforeAll(async () => {
  database = await testDatabase()
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  bench = agreementBench(database.db, world)
})
afterAll(() => database.drop())

const channels = [{ channel: 'sandbox', basisPoints: 60 }]
const rest = () => ({ account: partyShare(world.operator), partyId: world.operator })
const faults = async () => (await checkBook(database.db, world.operator)).faults
const get = async (account: string) => (await bench.balances())[account] ?? 0n

/** Rent of 10.00 a month at least, else 15 %, carried, up to 40 % of a sale. */
const rented = (): Split =>
  compose(
    [
      feeStep(channels),
      {
        term: {
          kind: 'site-share',
          name: 'rent',
          account: partyShare(world.site),
          basisPoints: 1500,
          minimumMinor: '1000',
          carries: true,
          upToBasisPoints: 4000,
        },
        partyId: world.site,
      },
    ],
    rest(),
  )

describe('a rent with a guaranteed minimum', () => {
  const on = (month: number, day: number) => new Date(Date.UTC(2026, month - 1, day, 2))

  test('is counted over batches, and over a change of writer', async () => {
    await bench.agreed(bench.terms(rented()))
    const rent: bigint[] = []
    for (const day of [3, 9, 20, 28]) {
      await bench.sold(2000n, on(9, day))
      await bench.matchAndClear()
      rent.push(await get(partyShare(world.site)))
      // Another process takes the book over and knows it from the database alone.
      await database.db.withSystem(tx => tx.query(`update books set lease_until = '-infinity'`))
      bench = { ...bench, ...taken(agreementBench(database.db, world)) }
    }
    expect(rent).toEqual([800n, 1000n, 1000n, 1200n])
    expect(await faults()).toEqual([])
  })
  const taken = ({ matchAndClear }: Bench) => ({ matchAndClear })

  test('is counted within one batch, too, and carried into the next month', async () => {
    await bench.agreed(bench.terms(rented()))
    await bench.sold(2000n, on(9, 3))
    await bench.sold(2000n, on(10, 5))
    await bench.sold(2000n, on(10, 6))
    await bench.matchAndClear()
    // September 8.00 of 10.00; October owes 12.00: 8.00 and 4.00.
    expect(await get(partyShare(world.site))).toBe(2000n)
    expect(await faults()).toEqual([])
  })

  test('that somebody writes into the memory is found', async () => {
    await bench.agreed(bench.terms(rented()))
    await bench.sold(2000n, on(9, 3))
    await bench.matchAndClear()
    await database.db.withSystem(tx =>
      tx.query('update tallies set paid_minor = paid_minor + 1 where operator_id = $1', [
        world.operator,
      ]),
    )
    expect(await faults()).toMatchObject([{ code: 'tally-differs' }])
  })
})

describe('takings that waited in suspense', () => {
  const hour = 3_600_000
  const shared = () => fixedShares({ channels, shares: [], remainder: rest() })
  const sellAnHourAgo = async () => {
    const id = await bench.sold(350n, new Date(Date.now() - hour))
    await bench.matchAndClear()
    expect(await get('suspense:no-agreement')).toBe(350n)
    return id
  }
  const journals = () =>
    database.db.withSystem(tx =>
      tx.query<{ business_id: string; kind: string; agreement_id: string | null }>(
        'select business_id, kind, agreement_id from journals where operator_id = $1 order by seq',
        [world.operator],
      ),
    )

  test('are split by an agreement its parties made valid from before the sale', async () => {
    const sale = await sellAnHourAgo()
    const terms = bench.terms(shared())
    await bench.agreed(terms, Date.now())
    await bench.matchAndClear()
    await bench.matchAndClear()
    expect(await get('suspense:no-agreement')).toBe(0n)
    expect(await get(partyShare(world.operator))).toBe(348n)
    expect(await journals()).toEqual([
      { business_id: `sale:${sale}`, kind: 'sale', agreement_id: null },
      {
        business_id: `from-suspense:sale:${sale}`,
        kind: 'sale-from-suspense',
        agreement_id: terms.agreementId,
      },
    ])
    expect(await openItems()).toEqual([{ reason: 'no-agreement', closed: true }])
    expect(await faults()).toEqual([])
  })
  test('stay where the agreement is valid from after the sale', async () => {
    await sellAnHourAgo()
    await bench.agreed(bench.terms(shared(), { validFromMs: Date.now() - 1000 }), Date.now())
    await bench.matchAndClear()
    expect(await get('suspense:no-agreement')).toBe(350n)
    expect(await openItems()).toEqual([{ reason: 'no-agreement', closed: false }])
  })

  const openItems = () =>
    database.db.withSystem(tx =>
      tx.query(
        `select reason, closed_at is not null as closed from open_items where operator_id = $1`,
        [world.operator],
      ),
    )
})

describe('a participation', () => {
  const pool = participation('chairs')
  const pooled = (): Split =>
    compose(
      [
        feeStep(channels),
        {
          term: {
            kind: 'share',
            name: 'investors',
            account: pool,
            basisPoints: 5000,
            after: [],
            capMinor: null,
          },
          partyId: world.operator,
        },
      ],
      rest(),
      [
        { partyId: world.lender, units: 60 },
        { partyId: world.operator, units: 40 },
      ],
    )
  const siteKey = privateKeyToAccount(generatePrivateKey())
  const userOf = (organisationId: string) => ({
    organisationId,
    userId: world.users[organisationId] ?? '',
  })
  const deps = () => ({ db: database.db, cloudName: CLOUD, clock: Date.now })
  const signerOf = (id: string) => bench.keys[id]?.address.toLowerCase() ?? ''
  const offered = (agreementId: string, change: Partial<Transfer> = {}): Transfer => ({
    transferId: randomUUID(),
    agreementId,
    account: pool,
    fromId: world.lender,
    toId: world.site,
    units: 30,
    validFromMs: 0,
    fromSigner: signerOf(world.lender),
    toSigner: siteKey.address.toLowerCase(),
    ...change,
  })
  const offer = (transfer: Transfer, by = world.lender) =>
    offerTransfer(deps(), transfer, userOf(by))
  async function signBy(transfer: Transfer, id: string) {
    const key = id === world.site ? siteKey : bench.keys[id]
    const signature = (await key?.signTypedData(transferTypedData(transfer, CLOUD))) ?? ''
    return signTransfer(deps(), transfer.transferId, signature, userOf(id))
  }
  async function agreedPool(): Promise<string> {
    const terms = bench.terms(pooled())
    await bench.agreed(terms)
    return terms.agreementId
  }

  test('pays its holders by their units, and the new one from the last signature on', async () => {
    const transfer = offered(await agreedPool())
    await bench.sold(1000n)
    await bench.matchAndClear()
    expect(await get(partyShare(world.lender))).toBe(300n)
    expect(await offer(transfer)).toHaveProperty('ok')
    expect(await signBy(transfer, world.lender)).toMatchObject({
      transfer: { missing: [world.site], effectiveFrom: null },
    })
    expect(await signBy(transfer, world.site)).toMatchObject({ transfer: { missing: [] } })
    await bench.sold(1000n, new Date(Date.now() + 1000))
    await bench.matchAndClear()
    // Of the second sale's 5.00: lender 30, site 30, operator 40 of 100 units.
    expect(await bench.balances()).toMatchObject({
      [pool]: 0n,
      [partyShare(world.lender)]: 450n,
      [partyShare(world.site)]: 150n,
      [partyShare(world.operator)]: 400n + 494n + 494n,
    })
    expect(await faults()).toEqual([])
  })

  test('is redeemed by a transfer to the operator', async () => {
    const redeemed = offered(await agreedPool(), {
      toId: world.operator,
      units: 60,
      toSigner: signerOf(world.operator),
    })
    expect(await offer(redeemed, world.operator)).toHaveProperty('ok')
    await signBy(redeemed, world.operator)
    await signBy(redeemed, world.lender)
    await bench.sold(1000n, new Date(Date.now() + 1000))
    await bench.matchAndClear()
    expect(await get(partyShare(world.lender))).toBe(0n)
  })

  test.each<[string, (id: string) => Partial<Transfer>]>([
    ['too-few-units', () => ({ units: 61 })],
    ['other-key', () => ({ fromSigner: `0x${'1'.repeat(40)}` })],
    ['no-participation', () => ({ account: participation('cars') })],
    ['organisation-unknown', () => ({ toId: randomUUID() })],
    ['same-side', () => ({ toId: world.lender })],
    ['unknown', () => ({ agreementId: randomUUID() })],
  ])('%s is refused', async (refused, change) => {
    const id = await agreedPool()
    expect(await offer(offered(id, change(id)))).toEqual({ refused })
  })

  test('is not given twice: the second of two transfers of the same units fails', async () => {
    const id = await agreedPool()
    const [one, other] = [offered(id, { units: 40 }), offered(id, { units: 40 })]
    for (const each of [one, other]) {
      expect(await offer(each)).toHaveProperty('ok')
      expect(await signBy(each, world.lender)).toHaveProperty('ok')
    }
    expect(await signBy(one, world.site)).toHaveProperty('ok')
    expect(await signBy(other, world.site)).toEqual({ refused: 'too-few-units' })
  })

  test('moves by nobody else’s signature', async () => {
    const transfer = offered(await agreedPool())
    await offer(transfer)
    const stranger = privateKeyToAccount(generatePrivateKey())
    const signature = await stranger.signTypedData(transferTypedData(transfer, CLOUD))
    const signing = signTransfer(deps(), transfer.transferId, signature, userOf(world.lender))
    expect(await signing).toEqual({ refused: 'wrong-signature' })
    expect(await offer({ ...transfer, transferId: randomUUID() }, world.site)).toHaveProperty('ok')
  })
})
