/**
 * One-time codes of enrolment slips: three words that can be read out on a telephone, for example
 * `bako-tilu-remi`. Each word is one of 6,400 (two syllables of 16 consonants and 5 vowels), so a
 * code is one of 2.6e11; with an hour of life and a limit on attempts that cannot be guessed.
 */
import { createHmac } from 'node:crypto'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'

const CONSONANTS = 'bdfgklmnprstvwyz'
const VOWELS = 'aeiou'
const SYLLABLES = CONSONANTS.length * VOWELS.length
const WORDS = 3
const SYLLABLES_IN_WORD = 2

export function newCode(): string {
  const words = Array.from({ length: WORDS }, () =>
    Array.from({ length: SYLLABLES_IN_WORD }, randomSyllable).join(''),
  )
  return words.join('-')
}

function randomSyllable(): string {
  for (;;) {
    const [byte = 0] = randomBytes(1)
    // Bytes beyond the last whole multiple would make the first syllables likelier.
    if (byte >= 256 - (256 % SYLLABLES)) continue
    const number = byte % SYLLABLES
    return `${CONSONANTS[Math.floor(number / VOWELS.length)]}${VOWELS[number % VOWELS.length]}`
  }
}

/** What is stored of a code. Case and what stands between the words do not matter. */
export function hashCode(code: string, secret: Uint8Array): Buffer {
  const letters = code.toLowerCase().replaceAll(/[^a-z]/g, '')
  return createHmac('sha256', secret).update(letters).digest()
}
