/** The system's C compiler, for tests and simulators of what is written in C. */
import { spawnSync } from 'node:child_process'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type Compilation = {
  sources: readonly string[]
  /** The program or library to be made. */
  output: string
  flags: readonly string[]
}

const COMPILER = 'cc'

export function hasCompiler(): boolean {
  return spawnSync(COMPILER, ['--version'], { stdio: 'ignore' }).status === 0
}

/** Throws `compiler.refused` with what the compiler says. */
export function compile({ sources, output, flags }: Compilation): void {
  const { status, stderr, error } = spawnSync(COMPILER, [...flags, '-o', output, ...sources], {
    encoding: 'utf8',
  })
  if (status === 0) return
  throw new TillproofError(
    'compiler.refused',
    `${COMPILER} does not make ${output}: ${error?.message ?? stderr}`,
    'Correct the source that it names; without a compiler install gcc.',
  )
}
