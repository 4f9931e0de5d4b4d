/**
 * The one error class of the house.
 * Bad bytes are data and expected refusals are returned; only broken invariants and faults that a
 * person has to act on are thrown, with a code for programs and a next step for people.
 */
export class TillproofError extends Error {
  override readonly name = 'TillproofError'
  /** Stable, dotted, lower case: `journal.locked`. */
  readonly code: string
  /** What the reader should do now, one sentence. */
  readonly next: string

  constructor(code: string, message: string, next: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.next = next
  }
}
