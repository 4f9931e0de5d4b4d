/**
 * C2SP signed notes v1.0.0: text, an empty line, signature lines.
 *
 *   <text, ends in a newline>
 *
 *   — <key name> <base64 of 4-byte key id || signature>
 *
 * The text ends at the last empty line. Nothing of a note may be used before `verifyNote` said ok.
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { concat, fromUtf8, utf8 } from '../bytes/bytes.ts'
import { fromHex, toHex } from '../bytes/hex.ts'
import { TillproofError } from '../errors.ts'
import type { Signer, Verifier } from './key.ts'
import { isKeyName } from './key-name.ts'

/** `keyId` is 8 hex digits; `signature` is what follows it; `line` has its newline. */
export type NoteSignature = { name: string; keyId: string; signature: Uint8Array; line: string }
export type ParsedNote =
  | { ok: true; text: string; signatures: NoteSignature[] }
  | { ok: false; error: 'malformed' }
export type VerifiedNote =
  | { ok: true; text: string; verified: NoteSignature[]; unknown: NoteSignature[] }
  | { ok: false; error: 'malformed' | 'bad-signature' | 'duplicate-signature' | 'unsigned' }

export const MAX_NOTE_BYTES = 65_536
const MAX_SIGNATURES = 64
const KEY_ID_BYTES = 4
const SIGNATURE_PREFIX = '\u2014 '
/** ASCII control characters other than newline. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

export function parseNote(note: string | Uint8Array): ParsedNote {
  const whole = typeof note === 'string' ? note : fromUtf8(note)
  const end = whole?.lastIndexOf('\n\n') ?? -1
  if (whole === undefined || end < 0 || !isNoteText(whole)) return { ok: false, error: 'malformed' }
  const signatures = parseLines(whole.slice(end + 2))
  if (!signatures) return { ok: false, error: 'malformed' }
  return { ok: true, text: whole.slice(0, end + 1), signatures }
}

/**
 * Every line by a known key (same name and key id) has to verify, and each known key may sign once;
 * lines by unknown keys are handed back unread. At least one known key has to have signed.
 */
export function verifyNote(
  note: string | Uint8Array,
  verifiers: readonly Verifier[],
): VerifiedNote {
  const parsed = parseNote(note)
  if (!parsed.ok) return parsed
  const verified: NoteSignature[] = []
  const unknown: NoteSignature[] = []
  const seen = new Set<Verifier>()
  for (const signature of parsed.signatures) {
    const known = verifiers.find(v => v.name === signature.name && v.keyId === signature.keyId)
    if (known && seen.has(known)) return { ok: false, error: 'duplicate-signature' }
    if (known && !known.verify(parsed.text, signature.signature)) {
      return { ok: false, error: 'bad-signature' }
    }
    if (known) seen.add(known)
    ;(known ? verified : unknown).push(signature)
  }
  if (verified.length === 0) return { ok: false, error: 'unsigned' }
  return { ok: true, text: parsed.text, verified, unknown }
}

/**
 * @param text has to end in a newline.
 * @throws TillproofError `note.text-invalid`
 */
export function signNote(text: string, signers: readonly Signer[]): string {
  if (!text.endsWith('\n') || !isNoteText(text)) throw invalidText()
  return `${text}\n${signers.map(signer => signatureLine(signer, text)).join('')}`
}

/** One signature line with its newline, as a witness answers with. */
export function signatureLine(signer: Signer, text: string): string {
  const keyId = fromHex(signer.keyId) ?? new Uint8Array()
  return `${SIGNATURE_PREFIX}${signer.name} ${toBase64(concat(keyId, signer.sign(text)))}\n`
}

/** Adds signature lines, each with its newline; lines that are already there are not repeated. */
export function addSignature(note: string, lines: string): string {
  const missing = lines.split(/(?<=\n)/).filter(line => line !== '' && !note.includes(`\n${line}`))
  return `${note}${missing.join('')}`
}

/** Reads signature lines alone, for example a witness's answer; undefined when one is malformed. */
export function parseSignatureLines(lines: string): NoteSignature[] | undefined {
  return isNoteText(lines) ? parseLines(lines) : undefined
}

function parseLines(text: string): NoteSignature[] | undefined {
  if (!text.endsWith('\n')) return undefined
  const lines = text.slice(0, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) return undefined
  const signatures = lines.map(parseLine)
  return signatures.every(signature => signature !== undefined) ? signatures : undefined
}

function parseLine(line: string): NoteSignature | undefined {
  const [name, base64, ...rest] = line.slice(SIGNATURE_PREFIX.length).split(' ')
  if (!line.startsWith(SIGNATURE_PREFIX) || rest.length > 0) return undefined
  const bytes = fromBase64(base64 ?? '')
  if (!name || !isKeyName(name) || !bytes || bytes.length <= KEY_ID_BYTES) return undefined
  const keyId = toHex(bytes.subarray(0, KEY_ID_BYTES))
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES), line: `${line}\n` }
}

function isNoteText(text: string): boolean {
  return text.isWellFormed() && !CONTROL.test(text) && utf8(text).length <= MAX_NOTE_BYTES
}

function invalidText(): TillproofError {
  return new TillproofError(
    'note.text-invalid',
    'The text cannot be the text of a signed note.',
    'End it with a newline, leave out control characters and keep it below 64 KiB.',
  )
}
