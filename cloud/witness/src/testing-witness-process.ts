/**
 * A witness that dies, or whose disk fails, at one named step of its answer; see faults.test.ts. It
 * is the witness as it runs, over a state that strikes once.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { serveWitness } from './server.ts'
import type { WitnessState } from './state.ts'
import { type OpenWitness, openWitness } from './witness-dir.ts'

/** `check` reads what was cosigned, `persist` writes the new size, `answer` signs. */
export const STEPS = ['check', 'persist', 'answer'] as const
export const HOWS = ['dies before', 'dies after', 'fails before', 'fails after'] as const
export type Fault = { step: (typeof STEPS)[number]; how: (typeof HOWS)[number] }

if (import.meta.main) {
  const [dir = '', fault = 'null'] = process.argv.slice(2)
  const witness = faulty(openWitness(dir), JSON.parse(fault))
  const options = { port: 0, host: '127.0.0.1', log: () => undefined }
  const { url } = await serveWitness(witness, options)
  process.stdout.write(`${JSON.stringify({ url })}\n`)
}

function faulty(witness: OpenWitness, fault: Fault | null): OpenWitness {
  let hasStruck = false
  const at = <T>(step: Fault['step'], work: () => T): T => {
    const isDue = !hasStruck && fault?.step === step
    if (isDue && fault.how.endsWith('before')) strike(fault)
    const result = work()
    if (isDue && fault.how.endsWith('after')) strike(fault)
    return result
  }
  const strike = ({ how }: Fault) => {
    hasStruck = true
    if (how.startsWith('dies')) process.kill(process.pid, 'SIGKILL')
    throw new TillproofError('test.disk', 'the disk failed', 'Nothing: it is a test.')
  }
  const state: WitnessState = {
    ...witness.state,
    latest: origin => at('check', () => witness.state.latest(origin)),
    advance: (...told) => at('persist', () => witness.state.advance(...told)),
  }
  const cosigner = {
    ...witness.cosigner,
    at: (timeS: number) => at('answer', () => witness.cosigner.at(timeS)),
  }
  return { ...witness, state, cosigner }
}
