/** `tillproof note verify`: any C2SP signed note against keys that the caller trusts. */
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import {
  cosignatureTimeS,
  type KeyType,
  parseVkey,
  type Verifier,
} from '@tillproof/shared/note/key.ts'
import { type NoteSignature, type VerifiedNote, verifyNote } from '@tillproof/shared/note/note.ts'

type NoteError = Extract<VerifiedNote, { ok: false }>['error'] | 'key-missing'
export type SignedBy = { name: string; keyId: string; type: KeyType; at: string | null }
export type NoteReport =
  | { ok: true; verified: SignedBy[]; unknown: { name: string; keyId: string }[]; text: string }
  | { ok: false; error: NoteError; detail: string }

/** @returns the keys, or the first text that is no vkey of a type we know. */
export function parseKeys(vkeys: readonly string[]): { keys: Verifier[] } | { wrong: string } {
  const keys: Verifier[] = []
  for (const text of new Set(vkeys)) {
    const key = parseVkey(text)
    if (key === undefined) return { wrong: text }
    keys.push(key)
  }
  return { keys }
}

/** Every given key has to have signed; lines by other keys are listed and count for nothing. */
export function verifyNoteBy(note: Uint8Array, keys: readonly Verifier[]): NoteReport {
  if (fromUtf8(note) === undefined) return failed('malformed')
  const opened = verifyNote(note, keys)
  if (!opened.ok) return failed(opened.error)
  const missing = keys.find(key => !opened.verified.some(line => isBy(line, key)))
  if (missing !== undefined) return failed('key-missing', `${missing.name}+${missing.keyId}`)
  const verified = keys.flatMap(key =>
    opened.verified.filter(line => isBy(line, key)).map(line => signedBy(line, key)),
  )
  const unknown = opened.unknown.map(({ name, keyId }) => ({ name, keyId }))
  return { ok: true, verified, unknown, text: opened.text }
}

export function noteReportText(report: NoteReport): string {
  if (!report.ok) return `not verified: ${report.detail}`
  const signed = report.verified.map(({ name, type, at }) => {
    return `verified: ${name} (${type}${at === null ? '' : `, ${at}`})`
  })
  const unknown = report.unknown.map(({ name, keyId }) => `not asked: ${name}+${keyId}`)
  return [...signed, ...unknown, '', report.text.trimEnd()].join('\n')
}

const details: Readonly<Record<NoteError, string>> = {
  malformed: 'the file is no signed note: text, an empty line, signature lines',
  'bad-signature': 'a line of a given key carries a signature that does not fit the text',
  'duplicate-signature': 'a given key has signed twice',
  unsigned: 'none of the given keys has signed it',
  'key-missing': 'a given key has not signed it',
}

function failed(error: NoteError, what?: string): NoteReport {
  return { ok: false, error, detail: `${details[error]}${what === undefined ? '' : `: ${what}`}` }
}

function isBy(line: NoteSignature, key: Verifier): boolean {
  return line.name === key.name && line.keyId === key.keyId
}

function signedBy({ signature }: NoteSignature, { name, keyId, type }: Verifier): SignedBy {
  const timeS = type === 'cosignature' ? cosignatureTimeS(signature) : undefined
  return { name, keyId, type, at: timeS === undefined ? null : isoOf(timeS) }
}

/** Times beyond the calendar's end, which a signer is free to state, stay numbers. */
function isoOf(timeS: number): string {
  const date = new Date(timeS * 1000)
  return Number.isNaN(date.getTime()) ? `${timeS} s` : date.toISOString()
}
