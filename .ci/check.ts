/**
 * `npm run check`: the gate. Format and lint, types, then the tidy tests; each step runs even when
 * one before it failed, so that one run shows all there is to mend. Exit code 1 when any failed.
 */
import { runStep, type Step } from './step.ts'

const steps: Step[] = [
  {
    name: 'format and lint (biome ci)',
    command: 'biome',
    args: ['ci', '--colors=off', '--reporter=concise'],
    next: 'biome check --write mends format and import order; the rest is said above',
  },
  {
    name: 'types (tsc -b)',
    command: 'tsc',
    args: ['-b', '--pretty', 'false'],
    next: 'mend the first error of the lowest workspace first, later ones often follow from it',
  },
  {
    name: 'tidy (import direction, sizes, names, dead files, habits)',
    command: 'vitest',
    args: ['run', '.ci/tidy', '--reporter=default', '--no-color'],
    next: 'each list above names the places; the rules are in .ci/tidy',
  },
]

const results = steps.map(runStep)
process.exitCode = results.every(passed => passed) ? 0 : 1
