/** The carrier's end of a read: the agent's own serial line, with one session on it. */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import {
  type Ending,
  type Protocol,
  type Talk,
  talk,
} from '@tillproof/edge-agent/drivers/audit-talk.ts'
import { openSerialLine } from '@tillproof/edge-agent/ports/serial-line.ts'

const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/** One session on a line opened for it; answers how it ended. A lost line ends it as well. */
export async function readOverLine<State, Input, Frame, Outcome extends Ending>(
  path: string,
  baudRate: number,
  protocol: Protocol<State, Input, Frame, Outcome>,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  let session: Talk | null = null
  const line = openSerialLine({
    name: 'audit',
    path,
    baudRate,
    clock: systemClock,
    log,
    watchdogMs: null,
    onChunk: bytes => session?.hear(bytes),
    onState(state) {
      if (state === 'down') session?.close()
      if (state === 'up') session ??= begin()
    },
  })

  function begin(): Talk {
    const write = (bytes: Uint8Array) => void line.write(bytes)
    return talk<State, Input, Frame, Outcome>(protocol, {
      clock: systemClock,
      write,
      onOutcome: resolve,
    })
  }

  const outcome = await promise
  await line.stop()
  return outcome
}
