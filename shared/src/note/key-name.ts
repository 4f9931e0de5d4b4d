/** What a key of a signed note may be called (C2SP signed-note v1.0.0). */

const NOT_IN_NAMES = /[\p{White_Space}\p{Z}\p{Cc}+]/u
const MAX_NAME_LENGTH = 256

/** Not empty, well-formed Unicode without spaces, plus signs and control characters. */
export function isKeyName(name: string): boolean {
  const fits = name.length > 0 && name.length <= MAX_NAME_LENGTH
  return fits && name.isWellFormed() && !NOT_IN_NAMES.test(name)
}
