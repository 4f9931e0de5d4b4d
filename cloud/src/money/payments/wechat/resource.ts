/**
 * The encrypted part of a WeChat Pay notification: AES-256-GCM under the merchant's API v3 key, the
 * 16 bytes of the tag after the ciphertext. docs/wire/wechat-channel.md. Pure.
 */
import { createDecipheriv } from 'node:crypto'

const TAG_LENGTH = 16
const NONCE_LENGTH = 12
export const KEY_LENGTH = 32

export type Sealed = {
  nonce: Uint8Array
  associatedData: Uint8Array
  /** With the tag at its end. */
  ciphertext: Uint8Array
}

/** The plain bytes; undefined when key, nonce, associated data and ciphertext do not fit. */
export function openResource(key: Uint8Array, sealed: Sealed): Uint8Array | undefined {
  const { nonce, associatedData, ciphertext } = sealed
  if (nonce.length !== NONCE_LENGTH || ciphertext.length < TAG_LENGTH) return undefined
  const end = ciphertext.length - TAG_LENGTH
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(ciphertext.subarray(end))
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()])
  } catch {
    return undefined
  }
}
