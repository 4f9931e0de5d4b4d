/**
 * Reads a log over HTTP as C2SP tlog-tiles serves it, and the sidecars beside its entries. A log
 * that cannot be reached now is told from one that refuses to serve what it owes.
 */
import { decodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import { entriesPath, type Tile, tilePath } from '@tillproof/shared/merkle/tiles.ts'

/** `refused` carries what was refused and how; `unreachable` may heal by itself. */
export type Fetched<T> = { value: T } | { refused: string } | { unreachable: string }

export type LogClient = {
  checkpoint(): Promise<Fetched<Uint8Array>>
  /** Entries of a level-0 tile, or their sidecars; undefined bytes count as refused. */
  entries(tile: Tile): Promise<Fetched<Uint8Array[]>>
  sidecars(tile: Tile): Promise<Fetched<Uint8Array[]>>
  tile(tile: Tile): Promise<Fetched<Uint8Array>>
}

const TIMEOUT_MS = 15_000
/** 256 entries of 65,535 bytes, each after its length. */
const MAX_BYTES = 256 * 65_537
const MAX_CHECKPOINT_BYTES = 65_536

/** @param url the cloud's address, or the log's own ending in `/log` */
export function logClient(url: string): LogClient {
  const trimmed = url.replace(/\/+$/, '')
  const base = trimmed.endsWith('/log') ? trimmed : `${trimmed}/log`
  return {
    checkpoint: () => read(`${base}/checkpoint`, MAX_CHECKPOINT_BYTES),
    entries: tile => readBundle(`${base}/${entriesPath(tile)}`, tile),
    sidecars: tile => readBundle(`${base}/${sidecarsPath(tile)}`, tile),
    tile: tile => read(`${base}/${tilePath(tile)}`, MAX_BYTES),
  }
}

function sidecarsPath(tile: Tile): string {
  return entriesPath(tile).replace('tile/entries/', 'consistency/')
}

async function readBundle(url: string, { width }: Tile): Promise<Fetched<Uint8Array[]>> {
  const fetched = await read(url, MAX_BYTES)
  if (!('value' in fetched)) return fetched
  const entries = decodeEntryBundle(fetched.value)
  if (entries?.length === width) return { value: entries }
  return { refused: `${url} is no bundle of ${width} entries` }
}

async function read(url: string, maxBytes: number): Promise<Fetched<Uint8Array>> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (answer.ok) return await readBody(url, answer, maxBytes)
    await answer.body?.cancel()
    const isPassing = answer.status >= 500 || answer.status === 429
    const said = `${url} answered ${answer.status}`
    return isPassing ? { unreachable: said } : { refused: said }
  } catch (error) {
    return { unreachable: `${url}: ${reasonOf(error)}` }
  }
}

async function readBody(
  url: string,
  answer: Response,
  maxBytes: number,
): Promise<Fetched<Uint8Array>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.length
    if (length > maxBytes) return { refused: `${url} answered with more than ${maxBytes} bytes` }
    chunks.push(chunk)
  }
  return { value: new Uint8Array(Buffer.concat(chunks)) }
}

/** fetch says "fetch failed" and keeps the reason as its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || error.name
}
