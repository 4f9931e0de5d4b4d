/**
 * Passwords: argon2id with the parameters of the OWASP password storage guide (19 MiB, 2 passes,
 * 1 lane). Hashes carry their parameters, so that raising these leaves old ones readable.
 */
import { type Algorithm, hash, verify } from '@node-rs/argon2'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'

const PARAMETERS = {
  // Written as the number because the package's enum does not exist at run time.
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
}

export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS)
}

let decoy: Promise<string> | undefined

/**
 * Whether the password fits. Without a stored hash (no such user) it takes as long and answers
 * false, so that the time tells nobody which addresses exist.
 */
export async function passwordFits(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  const fits = await verify(stored ?? (await decoy), password)
  return fits && stored !== undefined
}

const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const LENGTH = 20

/** 20 letters and digits without look-alikes, in groups: about 98 bits. */
export function randomPassword(): string {
  let text = ''
  while (text.length < LENGTH) {
    for (const byte of randomBytes(LENGTH)) {
      // Bytes beyond the last whole multiple would make the first letters likelier.
      if (byte < 248 && text.length < LENGTH) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return (text.match(/.{5}/g) ?? []).join('-')
}
