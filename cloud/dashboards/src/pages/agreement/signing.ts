/**
 * EIP-712 signatures in the browser: by a private key that is read from a file and forgotten, or by
 * the wallet that the browser offers (EIP-1193). The signing code loads when it is first needed.
 */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'

export type KeySigning =
  | { signature: string }
  | { refused: 'noKey' }
  | { refused: 'otherKey'; found: string }
  | { refused: 'walletRefused'; detail: string }

export type Wallet = { request(ask: { method: string; params?: unknown[] }): Promise<unknown> }

/** 64 hex digits, with or without 0x, and white space around. */
const KEY = /^\s*(?:0x)?([0-9a-fA-F]{64})\s*$/

/** Signs with the key in the text, if it is the one that the terms name for a party. */
export async function signWithKey(
  text: string,
  terms: AgreementTerms,
  cloudName: string,
): Promise<KeySigning> {
  const [, digits] = KEY.exec(text) ?? []
  if (digits === undefined) return { refused: 'noKey' }
  const { privateKeyToAccount } = await import('viem/accounts')
  const account = accountOf(privateKeyToAccount, digits)
  if (account === undefined) return { refused: 'noKey' }
  const found = account.address.toLowerCase()
  if (!terms.parties.some(each => each.signer === found)) return { refused: 'otherKey', found }
  return { signature: await account.signTypedData(agreementTypedData(terms, cloudName)) }
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

/** Asks the wallet for the signature of the address that the terms name. */
export async function signWithWallet(
  wallet: Wallet,
  terms: AgreementTerms,
  cloudName: string,
  address: string,
): Promise<KeySigning> {
  try {
    await wallet.request({ method: 'eth_requestAccounts' })
    const { getTypesForEIP712Domain, serializeTypedData } = await import('viem')
    const typed = agreementTypedData(terms, cloudName)
    const { domain } = typed
    const types: Types = { EIP712Domain: getTypesForEIP712Domain({ domain }), ...typed.types }
    const params = [address, serializeTypedData({ ...typed, types })]
    const signature = await wallet.request({ method: 'eth_signTypedData_v4', params })
    return { signature: String(signature) }
  } catch (error) {
    return { refused: 'walletRefused', detail: error instanceof Error ? error.message : '' }
  }
}
