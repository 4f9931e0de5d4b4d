/** A signed-in person's view of a cloud's HTTP API: just enough to download what is his to see. */
import { problem } from '@tillproof/shared/api/fields.ts'
import { concat } from '@tillproof/shared/bytes/bytes.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type CloudSession = {
  /**
   * The body of a GET; a refusal is thrown with the cloud's own code and next step.
   * @param onProgress bytes that have come, of how many; only where the cloud says how many
   */
  bytes(path: string, onProgress?: OnProgress): Promise<Uint8Array>
  /** The same as text. */
  text(path: string): Promise<string>
  /** The body of the answer to a POST of JSON; refusals as above. */
  post(path: string, body: unknown): Promise<string>
  signOut(): Promise<void>
}

export type OnProgress = (done: number, of: number) => void

const SESSION = '/api/v1/session'
/** Of a whole exchange: 8 MiB at 128 kbit/s and some. */
const TIMEOUT_MS = 600_000

export async function signIn(
  url: string,
  credentials: { email: string; password: string },
): Promise<CloudSession> {
  const body = JSON.stringify(credentials)
  const answer = await send(url, 'POST', SESSION, { 'content-type': 'application/json' }, body)
  if (!answer.ok) throw await refusal(answer)
  await answer.body?.cancel()
  const cookie = answer.headers
    .getSetCookie()
    .map(each => each.split(';')[0])
    .join('; ')
  const bytes = async (path: string, onProgress?: OnProgress) => {
    const got = await send(url, 'GET', path, { cookie })
    if (!got.ok) throw await refusal(got)
    return bytesOf(got, onProgress)
  }
  return {
    bytes,
    text: async path => new TextDecoder().decode(await bytes(path)),
    async post(path, body) {
      const headers = { cookie, 'content-type': 'application/json' }
      const got = await send(url, 'POST', path, headers, JSON.stringify(body))
      if (!got.ok) throw await refusal(got)
      return got.text()
    },
    async signOut() {
      await (await send(url, 'DELETE', SESSION, { cookie })).body?.cancel()
    },
  }
}

async function bytesOf(answer: Response, onProgress: OnProgress = () => undefined) {
  const of = Number(answer.headers.get('content-length'))
  const chunks: Uint8Array[] = []
  let done = 0
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk)
    done += chunk.length
    if (of > 0) onProgress(Math.min(done, of), of)
  }
  return concat(...chunks)
}

/** Signs in when something is asked, and anew after a session that ended or was not reached. */
export function lastingSession(
  url: string,
  credentials: { email: string; password: string },
): { text(path: string): Promise<string>; close(): Promise<void> } {
  /** Shared by all who ask at once. */
  let session: Promise<CloudSession> | undefined
  return {
    async text(path) {
      session ??= signIn(url, credentials)
      const current = session
      try {
        return await (await current).text(path)
      } catch (error) {
        if (session === current && !isAboutThePath(error)) session = undefined
        throw error
      }
    },
    async close() {
      const current = await session?.catch(() => undefined)
      await current?.signOut().catch(() => undefined)
    },
  }
}

/** What is refused of one path says nothing about the session. */
function isAboutThePath(error: unknown): boolean {
  return error instanceof TillproofError && /^(agreement|bundle)\./.test(error.code)
}

async function send(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Response> {
  const { origin } = new URL(url)
  try {
    return await fetch(new URL(path, url), {
      method,
      headers: { ...headers, origin },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body }),
    })
  } catch (cause) {
    throw new TillproofError(
      'cloud.unreachable',
      `the cloud at ${origin} cannot be reached`,
      'Check the address, and that you can reach it from here.',
      { cause },
    )
  }
}

async function refusal(answer: Response): Promise<TillproofError> {
  const parsed = problem.safeParse(await answer.json().catch(() => undefined))
  const { code, title, next } = parsed.data ?? {
    code: 'cloud.failed',
    title: `the cloud answered ${answer.status}`,
    next: 'Try again; if it stays so, ask the cloud’s operator.',
  }
  return new TillproofError(code, title, next)
}
