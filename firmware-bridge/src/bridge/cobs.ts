/**
 * Consistent overhead byte stuffing (Cheshire and Baker, 1999): bytes without a zero, so that a
 * zero can stand between frames.
 *
 *   11 22 00 33  →  03 11 22  02 33       each run behind a byte that says how far the next zero is
 */

const LONGEST_RUN = 0xff

export function cobsEncode(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  let run: number[] = []
  const endRun = () => {
    out.push(run.length + 1, ...run)
    run = []
  }
  bytes.forEach((byte, at) => {
    if (byte !== 0) run.push(byte)
    // A full run stands for no zero, so it ends only where something follows.
    const isFull = run.length + 1 === LONGEST_RUN && at + 1 < bytes.length
    if (byte === 0 || isFull) endRun()
  })
  endRun()
  return Uint8Array.from(out)
}

/** @returns undefined when this is not the form of anything. */
export function cobsDecode(stuffed: Uint8Array): Uint8Array | undefined {
  if (stuffed.length === 0) return undefined
  const out: number[] = []
  for (let at = 0; at < stuffed.length; ) {
    const code = stuffed[at] ?? 0
    const run = stuffed.subarray(at + 1, at + code)
    if (code === 0 || run.length !== code - 1 || run.includes(0)) return undefined
    out.push(...run)
    at += code
    if (code !== LONGEST_RUN && at < stuffed.length) out.push(0)
  }
  return Uint8Array.from(out)
}
