/** Whether an EIP-712 digest was signed with the key of an address: offline, by recovering it. */
import { type Hex, isHex, recoverAddress } from 'viem'

/** @param signer 0x and 40 lower-case hex digits */
export async function isSignedBy(hash: Hex, signature: string, signer: string): Promise<boolean> {
  if (!isHex(signature)) return false
  try {
    return (await recoverAddress({ hash, signature })).toLowerCase() === signer
  } catch {
    // Bytes that are no point of the curve: not a signature.
    return false
  }
}
