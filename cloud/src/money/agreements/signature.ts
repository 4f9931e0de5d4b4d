/** Whether an EIP-712 signature is that of the key which a document names. */
import { isAddress, isHex, type TypedDataDefinition, verifyTypedData } from 'viem'

/** viem also asks contracts about signatures elsewhere; this form recovers the key, offline. */
export async function isSignedBy(
  typed: TypedDataDefinition,
  address: string,
  signature: string,
): Promise<boolean> {
  if (!isHex(signature) || !isAddress(address)) return false
  try {
    return await verifyTypedData({ ...typed, address, signature })
  } catch {
    // Bytes that are no point of the curve: not a signature.
    return false
  }
}
