/** Steps of the gate and of the test command: run a program, say in one line how it went. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

export type Step = { name: string; command: string; args: string[]; next: string }

/** Runs the step; a failure shows its whole output, a success only its name and duration. */
export function runStep(step: Step): boolean {
  const startedAtMs = performance.now()
  const child = spawnSync(step.command, step.args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
  const passed = child.status === 0
  console.log(`${passed ? '✓' : '✗'} ${step.name} (${seconds} s)`)
  if (passed) return true
  console.log(`${child.stdout ?? ''}${child.stderr ?? ''}${child.error?.message ?? ''}`.trimEnd())
  console.log(`  next: ${step.next}\n`)
  return false
}
