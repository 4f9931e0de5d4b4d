/** The benchmark of the agent: that it reads what Linux says, and weighs a real agent. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runAnyhow } from '../../demo/run-to-end.ts'
import { cpuMs, residentBytes } from './process-cost.ts'

const onLinux = test.runIf(process.platform === 'linux')

onLinux('memory and processor time are what this process knows of itself', () => {
  const known = process.memoryUsage().rss
  expect(residentBytes(process.pid) / known).toBeCloseTo(1, 1)
  const { user, system } = process.cpuUsage()
  expect(Math.abs(cpuMs(process.pid) - (user + system) / 1000)).toBeLessThan(100)
})

onLinux(
  'the command weighs an agent that works',
  async () => {
    const launcher = fileURLToPath(new URL('../../../bin/tillproof.mjs', import.meta.url))
    const asked = ['bench', 'agent', '--seconds', '2', '--rounds', '1', '--json']
    const { exitCode, stdout, stderr } = await runAnyhow(process.execPath, [launcher, ...asked])
    expect(stderr).toBe('')
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ suite: 'agent', settings: { seconds: 2, rounds: 1 } })
    const [memory, threaded, processor] = result.ratios
    expect(memory).toMatchObject({ target: 1.5, bound: 'at most' })
    expect(memory.ratio).toBeGreaterThan(threaded.ratio)
    expect(processor.ratio).toBeGreaterThan(0)
    expect(exitCode).toBe(result.met ? 0 : 1)
  },
  120_000,
)
