/** Signatures made in the page are those that the cloud takes. */
import { chairAgreement } from '@tillproof/shared/agreement/testing.ts'
import { transferTypedData } from '@tillproof/shared/agreement/transfer.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { recoverTypedDataAddress } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { signableTerms, signableTransfer, signWithKey, signWithWallet } from './signing.ts'

const key = generatePrivateKey()
const account = privateKeyToAccount(key)
const [first, ...others] = chairAgreement.parties
const terms = {
  ...chairAgreement,
  parties: [
    { organisationId: first?.organisationId ?? '', role: 'operator' as const, signer: '' },
    ...others,
  ].map((each, at) => (at === 0 ? { ...each, signer: account.address.toLowerCase() } : each)),
}
const cloud = 'test.tillproof.local'
const signable = signableTerms(terms, cloud)

async function signerOf(signature: string): Promise<string> {
  const typed = agreementTypedData(terms, cloud)
  return recoverTypedDataAddress({ ...typed, signature: signature as `0x${string}` })
}

test.each([key, key.slice(2), ` ${key.toUpperCase().replace('0X', '0x')}\n`])(
  'a key from a file signs',
  async text => {
    const signed = await signWithKey(text, signable)
    const { signature } = signed as { signature: string }
    expect(await signerOf(signature)).toBe(account.address)
  },
)

test.each(['', 'rubbish', `0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`, `${key}00`])(
  '%j is no key',
  async text => {
    expect(await signWithKey(text, signable)).toEqual({ refused: 'noKey' })
  },
)

test('a key that the terms do not name does not sign', async () => {
  const found = privateKeyToAccount(`0x${'1'.repeat(64)}`).address.toLowerCase()
  const signed = await signWithKey('1'.repeat(64), signable)
  expect(signed).toEqual({ refused: 'otherKey', found })
})

test('a wallet is asked for the address of the terms, and its refusal is told', async () => {
  const asked: string[] = []
  const wallet = {
    async request({ method, params }: { method: string; params?: unknown[] }) {
      asked.push(method)
      if (method !== 'eth_signTypedData_v4') return []
      const { types, ...typed } = JSON.parse(String(params?.[1]))
      const { EIP712Domain: _, ...own } = types
      return account.signTypedData({ ...typed, types: own })
    },
  }
  const signed = await signWithWallet(wallet, signable, account.address)
  expect(asked).toEqual(['eth_requestAccounts', 'eth_signTypedData_v4'])
  expect(await signerOf((signed as { signature: string }).signature)).toBe(account.address)
  const rude = { request: () => Promise.reject(new TypeError('no')) }
  const refused = await signWithWallet(rude, signable, account.address)
  expect(refused).toEqual({ refused: 'walletRefused', detail: 'no' })
})

test('a transfer is signed by the key of a side', async () => {
  const transfer = {
    transferId: '00000000-0000-4000-8000-000000000051',
    agreementId: chairAgreement.agreementId,
    account: 'participation:chairs:pool',
    fromId: '00000000-0000-4000-8000-000000000031',
    toId: '00000000-0000-4000-8000-000000000032',
    units: 5,
    validFromMs: 0,
    fromSigner: account.address.toLowerCase(),
    toSigner: `0x${'2'.repeat(40)}`,
  }
  const signed = await signWithKey(key, signableTransfer(transfer, cloud))
  const { signature } = signed as { signature: `0x${string}` }
  const typed = transferTypedData(transfer, cloud)
  expect(await recoverTypedDataAddress({ ...typed, signature })).toBe(account.address)
})
