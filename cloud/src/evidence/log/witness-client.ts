/** Asks one witness for its cosignature (C2SP tlog-witness, the client's side). */
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { readAtMost } from '@tillproof/shared/bytes/read-at-most.ts'
import type { Verifier } from '@tillproof/shared/note/key.ts'
import { parseNote, parseSignatureLines } from '@tillproof/shared/note/note.ts'

export type WitnessAddress = { url: string; verifier: Verifier }
export type WitnessQuestion = { oldSize: number; proof: Uint8Array[]; note: string }

/**
 * `stale`: the witness stands at `size`, start there. `refused`: it will not sign this, whatever is
 * tried again; its status says why. `unreachable`: nothing is known, try again later.
 */
export type WitnessAnswer =
  | { said: 'cosigned'; line: string }
  | { said: 'stale'; size: number }
  | { said: 'refused'; status: number; detail: string }
  | { said: 'unreachable'; detail: string }

const TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 16_384
const SIZE_LINE = /^(0|[1-9]\d{0,15})\n$/

export async function askWitness(
  { url, verifier }: WitnessAddress,
  question: WitnessQuestion,
  stop?: AbortSignal,
): Promise<WitnessAnswer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const answer = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: bodyOf(question),
      redirect: 'error',
      signal: stop === undefined ? timeout : AbortSignal.any([stop, timeout]),
    })
    const body = await readAtMost(answer.body, MAX_ANSWER_BYTES)
    const text = body && fromUtf8(body)
    return read(answer.status, text ?? '', question.note, verifier)
  } catch (error) {
    return { said: 'unreachable', detail: error instanceof Error ? error.message : String(error) }
  }
}

function bodyOf({ oldSize, proof, note }: WitnessQuestion): string {
  const lines = proof.map(hash => `${toBase64(hash)}\n`)
  return `old ${oldSize}\n${lines.join('')}\n${note}`
}

function read(status: number, text: string, note: string, verifier: Verifier): WitnessAnswer {
  const size = SIZE_LINE.exec(text)?.[1]
  if (status === 409 && size !== undefined) return { said: 'stale', size: Number(size) }
  if (status >= 500 || status === 429) return { said: 'unreachable', detail: `status ${status}` }
  if (status !== 200) return { said: 'refused', status, detail: text.trim() }
  const line = ownLine(text, note, verifier)
  if (line !== undefined) return { said: 'cosigned', line }
  return { said: 'refused', status, detail: 'its answer holds no valid cosignature by its key' }
}

/** Lines by other keys, and lines that do not verify, are not taken over. */
function ownLine(text: string, note: string, verifier: Verifier): string | undefined {
  const parsed = parseNote(note)
  const lines = parseSignatureLines(text) ?? []
  return lines.find(
    one =>
      one.name === verifier.name &&
      one.keyId === verifier.keyId &&
      parsed.ok &&
      verifier.verify(parsed.text, one.signature),
  )?.line
}
