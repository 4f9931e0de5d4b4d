/**
 * For tests: the bridge's firmware as a process of its own, and between it and the agent a wire
 * that can be told to do what wires do.
 *
 *   agent ◀─ pseudo-terminal ─▶ faults ◀─ pseudo-terminal ─▶ bridge-host (C)
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileChecked, firmwareSources } from '@tillproof/firmware-bridge/testing/firmware.ts'
import { type MachinePort, openMachinePort } from './pty.ts'

export type WireFault = 'noise' | 'torn' | 'dropped' | 'doubled' | 'flipped'
/** What becomes of one piece of bytes, in either direction. */
export type Wire = (bytes: Uint8Array) => Uint8Array[]

export type BridgeProgram = {
  /** The agent's end. */
  path: string
  port: MachinePort
  pulse(input: number, count?: number): void
  contact(input: number, active: boolean): void
  gnss(sentence: string): void
  /** `output 0 on`, in order, since the program started first. */
  outputs(): string[]
  /** What its lasting memory says: pulses counted, by input. */
  counted(): number[]
  useWire(wire: Wire): void
  /** SIGKILL, as a power cut does it. */
  kill(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const UNTOUCHED: Wire = bytes => [bytes]

/** Compiles the program into `dir`. */
export function makeBridgeProgram(dir: string): string {
  const program = join(dir, 'bridge-host')
  compileChecked([...firmwareSources('src'), ...firmwareSources('host')], program)
  return program
}

/** `unit` tells this bridge from another. */
export function startBridgeProgram(options: {
  dir: string
  program: string
  unit?: number
}): BridgeProgram {
  const { dir, program, unit = 1 } = options
  const memory = join(dir, 'memory')
  const lines: string[] = []
  let wire = UNTOUCHED
  let child: ChildProcess | null = null

  const pass = (to: () => MachinePort) => (bytes: Uint8Array) => {
    for (const piece of wire(bytes)) to().write(piece)
  }
  const inner = openMachinePort({ path: join(dir, 'inner'), onData: pass(() => port) })
  const port: MachinePort = openMachinePort({
    path: join(dir, 'bridge'),
    onData: pass(() => inner),
  })

  function start(): void {
    inner.replug()
    const args = ['--line', inner.path, '--memory', memory, '--unit', String(unit)]
    child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin?.on('error', () => undefined)
    child.stdout?.on('data', (chunk: Buffer) =>
      lines.push(...chunk.toString().split('\n').filter(Boolean)),
    )
  }

  async function kill(): Promise<void> {
    const gone = child
    child = null
    if (gone !== null && gone.exitCode === null && gone.signalCode === null) {
      gone.kill('SIGKILL')
      await once(gone, 'exit')
    }
    inner.unplug()
  }

  start()
  const say = (line: string) => child?.stdin?.write(`${line}\n`)
  return {
    path: port.path,
    port,
    pulse: (input, count = 1) => say(`pulse ${input} ${count}`),
    contact: (input, active) => say(`contact ${input} ${active ? 1 : 0}`),
    gnss: sentence => say(`gnss ${sentence}`),
    outputs: () => lines,
    counted: () => readFileSync(memory, 'utf8').trim().split(' ').slice(1).map(Number),
    useWire(chosen) {
      wire = chosen
    },
    kill,
    start,
    async stop() {
      await kill()
      port.unplug()
    },
  }
}

/**
 * A wire on which each piece meets one of the faults, with the given probability.
 * @param random in [0, 1), seeded
 */
export function faultyWire(
  faults: readonly WireFault[],
  probability: number,
  random: () => number,
): Wire {
  return bytes => {
    if (random() >= probability) return [bytes]
    const fault = faults[Math.floor(random() * faults.length)]
    const at = Math.floor(random() * bytes.length)
    switch (fault) {
      case 'noise':
        return [Uint8Array.from({ length: 1 + at }, () => Math.floor(random() * 256)), bytes]
      case 'torn':
        return [bytes.slice(0, at)]
      case 'dropped':
        return []
      case 'doubled':
        return [bytes, bytes]
      default:
        return [bytes.with(at, (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8)))]
    }
  }
}
