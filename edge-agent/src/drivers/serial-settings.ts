/** The serial half of a port's settings; the profile's check has refused any other before. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { LineDeps } from './line.ts'

export function serialOf({ name, line, clock, log }: LineDeps) {
  if (line.kind === 'serial') return { name, path: line.path, baudRate: line.baud, clock, log }
  throw new TillproofError(
    'port.unusable',
    `The port ${name} has to be a serial line.`,
    'Give it a path in agent.yaml.',
  )
}
