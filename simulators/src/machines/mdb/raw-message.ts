/** Messages of raw bytes have no frame of their own: a short silence ends each of them. */
import { systemClock } from '@tillproof/edge-agent/clock.ts'

const SILENCE_MS = 8
const MAX_BYTES = 64

/** Takes chunks as they come, and hands over what came without a pause. */
export function rawMessages(onMessage: (bytes: Uint8Array) => void): (chunk: Uint8Array) => void {
  let buffer: number[] = []
  let cancel = () => {}
  return chunk => {
    cancel()
    buffer = [...buffer, ...chunk].slice(0, MAX_BYTES)
    cancel = systemClock.after(SILENCE_MS, () => {
      const message = Uint8Array.from(buffer)
      buffer = []
      onMessage(message)
    })
  }
}
