/** An agent's sources are kept without their types: it never loads what strips them itself. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runAnyhow } from '../demo/run-to-end.ts'

const path = (name: string) => fileURLToPath(new URL(`../../bin/${name}`, import.meta.url))
const STRIPPER = `process.moduleLoadList.some(name => name.includes('amaro'))`
const QUIET = '--disable-warning=ExperimentalWarning'

test('once kept, the agent runs without a stripper in either thread', async () => {
  const kept = await runAnyhow(process.execPath, [QUIET, path('strip-sources.mjs')])
  expect(kept).toMatchObject({ exitCode: 0, stderr: '' })
  const sources = ['edge-agent/src/main.ts', 'edge-agent/src/journal/worker.ts']
  for (const source of sources) expect(await stripsToLoad(`../../../${source}`)).toBe(false)
}, 60_000)

test('a source that is not kept runs all the same', async () => {
  expect(await stripsToLoad('../bench/rounds.ts')).toBe(true)
}, 60_000)

async function stripsToLoad(source: string): Promise<boolean> {
  const url = new URL(source, import.meta.url)
  const script = `await import('${url}'); process.exit(${STRIPPER} ? 10 : 20)`
  const node = [process.execPath, QUIET, `--import=${path('load-stripped.mjs')}`]
  // Node's own cache of compiled modules would need no stripper either.
  const { exitCode, stderr } = await runAnyhow('env', [
    'NODE_DISABLE_COMPILE_CACHE=1',
    ...node,
    '--input-type=module',
    '--eval',
    script,
  ])
  expect(stderr).toBe('')
  return exitCode === 10
}
