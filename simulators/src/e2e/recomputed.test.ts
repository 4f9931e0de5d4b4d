/**
 * The lender's evening: his monitor reads the demo's whole book and computes each split again, of
 * three kinds of machines under three agreements, which it also finds registered on the chain.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { agreement } from '@tillproof/shared/api/agreements.ts'
import { listOf } from '@tillproof/shared/api/fields.ts'
import { beforeAll, expect, test } from 'vitest'
import type { Api } from '../demo/api.ts'
import { tillproof } from '../demo/child.ts'
import { readJson } from '../demo/folder.ts'
import { runAnyhow } from '../demo/run-to-end.ts'
import { startDemoForTest, type TestDemo } from './demo.ts'
import { enter } from './one-sale.ts'

let demo: TestDemo
let lender: Api
beforeAll(async () => {
  demo = await startDemoForTest()
  lender = await enter(demo, 'lender')
}, 420_000)

/** Other tests pay back, count and settle in this demo: all of it is held to its rule, too. */
test('every journal of the demo’s book agrees to the cent', async () => {
  const { items } = await lender.get('/api/v1/agreements', listOf(agreement))
  const { code, report } = await recomputedSome(items[0]?.terms.bookId ?? '', items.length)
  expect(report).toMatchObject({ state: 'ok', reason: null, findings: [] })
  const [day] = report.books
  expect(day).toMatchObject({ differing: 0 })
  // A fleet that another test enrolled sells under terms that are not the lender's to see.
  expect(day?.agreesToTheCent).toBe(day?.unseen === 0)
  expect(day?.agreed).toBeGreaterThan(0)
  expect(day?.agreements).toEqual({ proven: items.length, registered: items.length })
  expect(code).toBe(0)
}, 300_000)

/** The first sales may still be on their way into the book, and the agreements onto the chain. */
async function recomputedSome(book: string, agreements: number) {
  for (let looks = 0; ; looks++) {
    const looked = await recompute(book)
    const [day] = looked.report.books
    const isThere = (day?.agreed ?? 0) > 0 && day?.agreements.registered === agreements
    if (isThere || looks === MOST_LOOKS) return looked
    await sleep(3000)
  }
}

const MOST_LOOKS = 40

type Recomputed = {
  books: {
    agreed: number
    unseen: number
    agreesToTheCent: boolean
    agreements: { proven: number; registered: number }
  }[]
}

async function recompute(book: string): Promise<{ code: number; report: Recomputed }> {
  const dir = join(demo.folder.root, 'monitor')
  mkdirSync(dir, { recursive: true })
  const [policy, password] = [join(dir, 'policy'), join(dir, 'password')]
  writeFileSync(policy, await lender.text('/api/v1/policy'))
  writeFileSync(password, demo.signIns.lender.password)
  const run = readJson<{ chainRpc: string }>(join(demo.folder.root, 'cloud', 'run.json'))
  const eyes = ['--email', demo.signIns.lender.email, '--password-file', password]
  const what = ['--book', book, '--recompute', '--rpc', run?.chainRpc ?? '']
  const log = ['--url', demo.address, '--policy', policy, '--dir', join(dir, 'memory')]
  const args = [...tillproof, 'log', 'monitor', ...log, ...eyes, ...what, '--once', '--json']
  const { exitCode, stdout } = await runAnyhow(process.execPath, args)
  return { code: exitCode, report: JSON.parse(stdout) }
}
