/**
 * The machine's end of a serial line: a pseudo-terminal behind a stable path, as
 * /dev/serial/by-id gives it. Unplugging closes the terminal and takes the path away; plugging in
 * again makes a new terminal under the same path.
 *
 * What is written while nobody has the line open is lost, as on a wire.
 */
import { renameSync, rmSync, symlinkSync, writeSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import * as nodePty from '@lydell/node-pty'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type MachinePort = {
  /** Stable path for the agent's settings. */
  path: string
  isPlugged(): boolean
  /** Bytes from the machine to the agent. */
  write(bytes: Uint8Array): void
  unplug(): void
  replug(): void
}

/** What `open()` of node-pty really answers; its typings know only spawned terminals. */
type OpenTerminal = { master: ReadStream; slave: ReadStream; _fd: number; _pty: string }

export function openMachinePort(options: {
  path: string
  onData(bytes: Uint8Array): void
}): MachinePort {
  const { path, onData } = options
  let terminal: OpenTerminal | null = null

  function replug(): void {
    if (terminal !== null) return
    const opened = openTerminal()
    // An open slave end of ours would steal the agent's bytes.
    opened.slave.destroy()
    opened.master.on('error', () => undefined)
    opened.master.on('data', (chunk: Buffer) => {
      if (terminal === opened) onData(new Uint8Array(chunk))
    })
    terminal = opened
    symlinkSync(opened._pty, `${path}.new`)
    renameSync(`${path}.new`, path)
  }

  function unplug(): void {
    const gone = terminal
    terminal = null
    rmSync(path, { force: true })
    gone?.master.destroy()
  }

  rmSync(`${path}.new`, { force: true })
  replug()
  return {
    path,
    isPlugged: () => terminal !== null,
    write(bytes) {
      if (terminal !== null) writeOrLose(terminal._fd, bytes)
    },
    unplug,
    replug,
  }
}

function openTerminal(): OpenTerminal {
  const open = (nodePty as unknown as { open(options: object): OpenTerminal }).open
  try {
    return open({ encoding: null })
  } catch (cause) {
    throw new TillproofError(
      'simulator.no-pty',
      'This system gives no pseudo-terminal.',
      'Run the simulator on Linux or macOS, where /dev/ptmx exists.',
      { cause },
    )
  }
}

function writeOrLose(fd: number, bytes: Uint8Array): void {
  try {
    writeSync(fd, bytes)
  } catch {
    // Nobody reads and the line's buffer is full: the bytes are lost, as on a wire.
  }
}
