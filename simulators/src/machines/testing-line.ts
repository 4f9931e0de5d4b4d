/** For tests: the agent's own serial line on a simulated machine's port, without an agent. */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import type { PortState } from '@tillproof/edge-agent/ports/port.ts'
import { openSerialLine, type SerialLine } from '@tillproof/edge-agent/ports/serial-line.ts'

const quiet = () => undefined
export const quietLog = { debug: quiet, info: quiet, warn: quiet, error: quiet }

export function openTestLine(options: {
  path: string
  baudRate: number
  onOpen?(): void
  onChunk(bytes: Uint8Array): void
  onState?(state: PortState): void
}): SerialLine {
  return openSerialLine({
    name: 'test',
    path: options.path,
    baudRate: options.baudRate,
    clock: systemClock,
    log: quietLog,
    watchdogMs: null,
    onOpen: () => options.onOpen?.(),
    onChunk: options.onChunk,
    onState: state => options.onState?.(state),
  })
}
