/**
 * The registry on a real chain: it computes the digest that wallets sign, asks every party's
 * signature for it, and never lets go of what it holds.
 */
import { readFileSync } from 'node:fs'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { chairAgreement } from '@tillproof/shared/agreement/testing.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import {
  type Abi,
  createPublicClient,
  createWalletClient,
  getAddress,
  type Hex,
  hashTypedData,
  http,
  parseSignature,
  serializeSignature,
  zeroAddress,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../testing/anvil.ts'

const artifactFile = new URL('../artifacts/AgreementRegistry.json', import.meta.url)
const artifact: { abi: Abi; bytecode: Hex } = JSON.parse(readFileSync(artifactFile, 'utf8'))
const CLOUD = 'demo.tillproof.local'
const SECP256K1_ORDER = 2n ** 256n - 432420386565659656852420866394968145599n
const newAccount = () => privateKeyToAccount(generatePrivateKey())
type Account = ReturnType<typeof newAccount>

const owner = newAccount()
const stranger = newAccount()
const parties = [newAccount(), newAccount(), newAccount()]
const version1 = termsOf(1)

let anvil: Anvil
let address: Hex

beforeAll(async () => {
  anvil = await startAnvil()
  address = await deploy()
})
afterAll(async () => {
  await anvil.stop()
})

test('its digest is the one that a wallet signs, whatever the terms', async () => {
  const many = { ...version1, deviceIds: ['d0000000000ca', 'd0000000000cb'], script: '' }
  for (const terms of [version1, many, termsOf(4_294_967)]) {
    expect(await digestOf(terms)).toBe(hashTypedData(agreementTypedData(terms, CLOUD)))
  }
})

test('its digest of the documented agreement is the documented one', async () => {
  const documented = '0x3d6fb5ae964a3f7099f7130065ece34f7de596ae9cce154c9b4e32d85fac310c'
  expect(await digestOf(chairAgreement)).toBe(documented)
})

describe('refused, and nothing is kept', () => {
  const cases: [string, () => Promise<[AgreementTerms, Hex[]]>, string][] = [
    ['a signature too few', async () => [version1, (await sign()).slice(1)], 'OneSignatureEach'],
    ['two in each other’s place', async () => [version1, (await sign()).reverse()], 'NotSignedBy'],
    ['a stranger’s', async () => [version1, await sign(version1, [stranger])], 'NotSignedBy'],
    ['those for another version', async () => [version1, await sign(termsOf(2))], 'NotSignedBy'],
    [
      'those given to another cloud',
      async () => [version1, await sign(version1, parties, 'other.example')],
      'NotSignedBy',
    ],
    ['terms nobody signed', async () => [withOtherScript(), await sign()], 'NotSignedBy'],
    [
      'the same script over other terms',
      async () => [{ ...version1, currency: 'USD' }, await sign()],
      'NotSignedBy',
    ],
    ['the other form of a signature', async () => [version1, (await sign()).map(mirrored)], 'Not'],
    ['a byte too many', async () => [version1, (await sign()).map(withOneMore)], 'Not'],
    [
      'nobody’s signature for the zero address',
      async () => [
        { ...version1, parties: version1.parties.map(p => ({ ...p, signer: zeroAddress })) },
        parties.map((): Hex => `0x${'00'.repeat(65)}`),
      ],
      'NotSignedBy',
    ],
    ['an agreement of nobody', async () => [{ ...version1, parties: [] }, []], 'NoParties'],
  ]
  test.each(cases)('%s', async (_what, offer, reason) => {
    const [terms, signatures] = await offer()
    await expect(simulate(owner, terms, signatures)).rejects.toThrow(reason)
    expect((await register(owner, terms, signatures)).status).toBe('reverted')
    expect(await digestAt(version1)).toBe(`0x${'00'.repeat(32)}`)
  })

  test('a sender who may not register', async () => {
    await expect(simulate(stranger, version1, await sign())).rejects.toThrow('NotAllowed')
  })
})

test('signed by every party, a version stands, and an event says so', async () => {
  const receipt = await register(owner, version1, await sign())
  expect(receipt.status).toBe('success')
  const digest = hashTypedData(agreementTypedData(version1, CLOUD))
  expect(await digestAt(version1)).toBe(digest)
  const events = await chain().getContractEvents({ address, abi: artifact.abi, fromBlock: 0n })
  expect(events.map(event => event.eventName)).toEqual(['SenderChanged', 'Registered'])
  expect(events[1]?.args).toEqual({ idHash: idHashOf(version1), version: 1, digest })
})

test('what stands is never overwritten: not by itself, not by other terms all signed', async () => {
  const other = withOtherScript()
  for (const terms of [version1, other]) {
    const signatures = await sign(terms)
    await expect(simulate(owner, terms, signatures)).rejects.toThrow('AlreadyRegistered')
    expect((await register(owner, terms, signatures)).status).toBe('reverted')
  }
  expect(await digestAt(version1)).toBe(hashTypedData(agreementTypedData(version1, CLOUD)))
})

test('the next version stands beside it', async () => {
  const version2 = termsOf(2)
  expect((await register(owner, version2, await sign(version2))).status).toBe('success')
  expect(await digestAt(version2)).toBe(hashTypedData(agreementTypedData(version2, CLOUD)))
  expect(await digestAt(version1)).toBe(hashTypedData(agreementTypedData(version1, CLOUD)))
})

test('only the owner changes who may register', async () => {
  const version3 = termsOf(3)
  await expect(allow(stranger, stranger, true)).rejects.toThrow('NotOwner')
  await allow(owner, stranger, true)
  expect((await register(stranger, version3, await sign(version3))).status).toBe('success')
  await allow(owner, stranger, false)
  await expect(simulate(stranger, termsOf(5), await sign(termsOf(5)))).rejects.toThrow('NotAllowed')
})

function termsOf(version: number): AgreementTerms {
  const signed = chairAgreement.parties.map((party, at) => {
    return { ...party, signer: lowerAddress(parties[at]) }
  })
  return { ...chairAgreement, version, parties: signed }
}
function lowerAddress(account: Account | undefined): string {
  return (account ?? stranger).address.toLowerCase()
}
function withOtherScript(): AgreementTerms {
  return { ...version1, script: `${version1.script}\n` }
}
function sign(terms = version1, signers: Account[] = parties, cloud = CLOUD): Promise<Hex[]> {
  const typed = agreementTypedData(terms, cloud)
  return Promise.all(terms.parties.map((_, at) => (signers[at] ?? stranger).signTypedData(typed)))
}
function withOneMore(signature: Hex): Hex {
  return `${signature}00`
}
/** The same signature's other form, which plain ecrecover would take as well. */
function mirrored(signature: Hex): Hex {
  const { r, s, yParity } = parseSignature(signature)
  const other = (SECP256K1_ORDER - BigInt(s)).toString(16).padStart(64, '0')
  return serializeSignature({ r, s: `0x${other}`, yParity: 1 - yParity })
}

function chain() {
  return createPublicClient({ transport: http(anvil.url), cacheTime: 0, pollingInterval: 50 })
}
function walletOf(account: Account) {
  return createWalletClient({ account, transport: http(anvil.url) })
}
const legacy = { type: 'legacy', gas: 3_000_000n, gasPrice: 0n } as const
async function deploy(): Promise<Hex> {
  const args = [`0x${toHex(sha256(utf8(CLOUD)))}`, owner.address]
  const wallet = walletOf(owner)
  const hash = await wallet.deployContract({ ...artifact, ...legacy, args, chain: null })
  const { contractAddress } = await chain().waitForTransactionReceipt({ hash })
  return getAddress(String(contractAddress))
}
function callOf(functionName: string, args: readonly unknown[]) {
  return { address, abi: artifact.abi, functionName, args }
}
function agreementOf(terms: AgreementTerms) {
  return agreementTypedData(terms, CLOUD).message
}
async function register(account: Account, terms: AgreementTerms, signatures: Hex[]) {
  const call = callOf('register', [agreementOf(terms), signatures])
  const hash = await walletOf(account).writeContract({ ...call, chain: null, ...legacy })
  return chain().waitForTransactionReceipt({ hash })
}
function simulate(account: Account, terms: AgreementTerms, signatures: Hex[]) {
  const call = callOf('register', [agreementOf(terms), signatures])
  return chain().simulateContract({ ...call, account })
}
async function allow(account: Account, sender: Account, isAllowed: boolean) {
  const call = callOf('setSender', [sender.address, isAllowed])
  await chain().simulateContract({ ...call, account })
  const hash = await walletOf(account).writeContract({ ...call, chain: null, ...legacy })
  await chain().waitForTransactionReceipt({ hash })
}
function digestOf(terms: AgreementTerms) {
  return chain().readContract(callOf('digestOf', [agreementOf(terms)]))
}
function digestAt(terms: AgreementTerms) {
  return chain().readContract(callOf('digestAt', [idHashOf(terms), terms.version]))
}
function idHashOf({ agreementId }: AgreementTerms): Hex {
  return `0x${toHex(sha256(utf8(agreementId)))}`
}
