/**
 * A browser that has signed in to an account before, told by a cookie: a random id and a code over
 * it, keyed by the account's stored password hash. So nothing is kept for it, nobody else can make
 * one, and a new password makes every browser a stranger again. It opens nothing by itself.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { toBase64Url } from '@tillproof/shared/bytes/base64.ts'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { readCookie } from './session.ts'
import type { Account } from './store.ts'

const DOMAIN = 'tillproof/known-device/v1'
const LIFE_SECONDS = 180 * 86_400

const nameOf = (secure: boolean): string => (secure ? '__Host-tillproof-known' : 'tillproof-known')

/** The id of the browser that sent this Cookie header, when it is known to this account. */
export function readDevice(
  header: string | undefined,
  secure: boolean,
  account: Account,
): string | undefined {
  const [id = '', code = ''] = readCookie(header, nameOf(secure))?.split('.') ?? []
  const given = Buffer.from(code)
  const right = Buffer.from(codeOf(id, account))
  return given.length === right.length && timingSafeEqual(given, right) ? id : undefined
}

/** Set-Cookie for a browser that just signed in; one that was known keeps its id. */
export function deviceCookie(known: string | undefined, secure: boolean, account: Account): string {
  const id = known ?? toBase64Url(randomBytes(16))
  const value = `${id}.${codeOf(id, account)}`
  const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${LIFE_SECONDS}`
  return `${nameOf(secure)}=${value}; ${flags}${secure ? '; Secure' : ''}`
}

const codeOf = (id: string, { session, passwordHash }: Account): string =>
  createHmac('sha256', passwordHash).update(`${DOMAIN} ${session.userId} ${id}`).digest('base64url')
