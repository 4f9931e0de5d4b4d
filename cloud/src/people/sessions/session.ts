/**
 * A session: a random id in a cookie, kept hashed in the database. It ends by signing out, twelve
 * hours after signing in, or after two hours without a request.
 */
import { createHash } from 'node:crypto'
import { toBase64Url } from '@tillproof/shared/bytes/base64.ts'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'

export const SESSION_LIFE_MS = 12 * 60 * 60_000
export const SESSION_IDLE_MS = 2 * 60 * 60_000

export function newSessionId(): string {
  return toBase64Url(randomBytes(32))
}

export function hashSessionId(id: string): Buffer {
  return createHash('sha256').update(id).digest()
}

/** Browsers keep a `__Host-` cookie only when it is Secure, so plain http needs another name. */
export function cookieName(secure: boolean): string {
  return secure ? '__Host-tillproof' : 'tillproof'
}

/** Set-Cookie for a new session, or for its end when `id` is empty. */
export function sessionCookie(id: string, secure: boolean): string {
  const ageSeconds = id === '' ? 0 : SESSION_LIFE_MS / 1000
  const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${ageSeconds}`
  return `${cookieName(secure)}=${id}; ${flags}${secure ? '; Secure' : ''}`
}

/** The session id in a Cookie header, if one of the right shape is there. */
export function readSessionId(header: string | undefined, secure: boolean): string | undefined {
  const id = readCookie(header, cookieName(secure)) ?? ''
  return /^[\w-]{43}$/.test(id) ? id : undefined
}

/** The first cookie of this name in a Cookie header. */
export function readCookie(header: string | undefined, wanted: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=')
    if (name === wanted) return value
  }
  return undefined
}
