/**
 * What a crypto backend gives. Two implement it: `node.ts` over node:crypto, `noble.ts` for the
 * browser. package.json's `#crypto` import picks one; both give the same answer to every input,
 * which `backends.test.ts` holds them to. Synchronous, for handing a hash to another thread costs
 * more than the hash; a signature alone may be verified aside.
 */
export type CryptoBackend = {
  sha256(...parts: Uint8Array[]): Uint8Array
  /** Writes the 32 bytes from `at` on; `target` may be among the parts. */
  sha256Into(target: Uint8Array, at: number, ...parts: Uint8Array[]): void
  publicKeyOf(privateKey: Uint8Array): Uint8Array
  /** Ed25519 as in RFC 8032 §5.1.6; the private key is the 32-byte seed. */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array
  /** Cofactorless, s below the group order. Lengths were checked by the caller. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The same on another thread, where there is one. */
  verifyAside(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
  randomBytes(length: number): Uint8Array
}
