/**
 * EIP-712 signatures in the browser: by a private key that is read from a file and forgotten, or by
 * the wallet that the browser offers (EIP-1193). The signing code loads when it is first needed.
 */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { type Transfer, transferTypedData } from '@tillproof/shared/agreement/transfer.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import type { TypedDataDefinition } from 'viem'

/** What is signed, and whose keys it names. */
export type Signable = {
  typed: TypedDataDefinition
  signers: readonly string[]
}

export const signableTerms = (terms: AgreementTerms, cloudName: string): Signable => ({
  typed: agreementTypedData(terms, cloudName),
  signers: terms.parties.map(each => each.signer),
})

export const signableTransfer = (transfer: Transfer, cloudName: string): Signable => ({
  typed: transferTypedData(transfer, cloudName),
  signers: [transfer.fromSigner, transfer.toSigner],
})

export type KeySigning =
  | { signature: string }
  | { refused: 'noKey' }
  | { refused: 'otherKey'; found: string }
  | { refused: 'walletRefused'; detail: string }

export type Wallet = { request(ask: { method: string; params?: unknown[] }): Promise<unknown> }

/** 64 hex digits, with or without 0x, and white space around. */
const KEY = /^\s*(?:0x)?([0-9a-fA-F]{64})\s*$/

/** Signs with the key in the text, if it is one that the document names. */
export async function signWithKey(text: string, { typed, signers }: Signable): Promise<KeySigning> {
  const [, digits] = KEY.exec(text) ?? []
  if (digits === undefined) return { refused: 'noKey' }
  const { privateKeyToAccount } = await import('viem/accounts')
  const account = accountOf(privateKeyToAccount, digits)
  if (account === undefined) return { refused: 'noKey' }
  const found = account.address.toLowerCase()
  if (!signers.includes(found)) return { refused: 'otherKey', found }
  return { signature: await account.signTypedData(typed) }
}

type ToAccount = typeof import('viem/accounts').privateKeyToAccount

/** Zero, and numbers beyond the curve's order, are no keys. */
function accountOf(toAccount: ToAccount, digits: string) {
  try {
    return toAccount(`0x${digits}`)
  } catch {
    return undefined
  }
}

export function browserWallet(): Wallet | undefined {
  const offered: unknown = Reflect.get(globalThis, 'ethereum')
  return isWallet(offered) ? offered : undefined
}

function isWallet(offered: unknown): offered is Wallet {
  if (typeof offered !== 'object' || offered === null) return false
  return typeof Reflect.get(offered, 'request') === 'function'
}

type Types = Record<string, readonly { name: string; type: string }[]>

/** Asks the wallet for the signature of the address that the document names. */
export async function signWithWallet(
  wallet: Wallet,
  { typed }: Signable,
  address: string,
): Promise<KeySigning> {
  try {
    await wallet.request({ method: 'eth_requestAccounts' })
    const { getTypesForEIP712Domain, serializeTypedData } = await import('viem')
    const { domain } = typed
    const types: Types = { EIP712Domain: getTypesForEIP712Domain({ domain }), ...typed.types }
    const params = [address, serializeTypedData({ ...typed, types })]
    const signature = await wallet.request({ method: 'eth_signTypedData_v4', params })
    return { signature: String(signature) }
  } catch (error) {
    return { refused: 'walletRefused', detail: error instanceof Error ? error.message : '' }
  }
}
