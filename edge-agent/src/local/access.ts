/**
 * Who may talk to the local API: programs that can read the token file. Also the file that says
 * where the API listens.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'

const TOKEN = /^[A-Za-z0-9_-]{43}$/
const LOCAL_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

export const localAddress = z.object({ v: z.literal(1), url: z.url(), pid: z.number().int() })
export type LocalAddress = z.infer<typeof localAddress>

/** The token in the file at `path`; makes one (mode 0600) when there is none. */
export function loadToken(path: string): string {
  const stored = readToken(path)
  if (stored) return stored
  const token = randomBytes(32).toString('base64url')
  writeFileSync(path, `${token}\n`, { mode: 0o600 })
  chmodSync(path, 0o600)
  return token
}

export function readToken(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return TOKEN.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** Written whole or not at all: readers poll for it. */
export function writeAddress(path: string, address: LocalAddress): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(address)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

export function removeAddress(path: string): void {
  rmSync(path, { force: true })
}

/** Where the running agent listens; undefined when there is no such file. */
export function readAddress(path: string): LocalAddress | undefined {
  try {
    return localAddress.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

export type Access = 'granted' | 'wrong-host' | 'wrong-token'

/** `Host` must be local, else a web page could reach us through a rebound name. */
export function checkAccess(request: IncomingMessage, token: string): Access {
  const url = urlOf(request)
  if (!LOCAL_NAMES.has((request.headers.host ?? '').replace(/:\d+$/, ''))) return 'wrong-host'
  const header = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const inPage = url.pathname === '/' ? url.searchParams.get('token') : null
  return isSame(header ?? inPage ?? '', token) ? 'granted' : 'wrong-token'
}

/** Path and query of what was asked for; anybody may send what is no URL, and gets no call. */
export function urlOf(request: IncomingMessage): URL {
  return URL.parse(`http://local${request.url ?? '/'}`) ?? new URL('http://local/not-a-url')
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
