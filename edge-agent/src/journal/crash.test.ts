/** Kill -9, full disks, stolen locks, damaged files: what a journal survives and what it names. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkJournal } from './check.ts'
import { assertSqliteVersion } from './database.ts'
import { openJournalHost } from './host.ts'
import { TEST_ORIGIN, type TestJournal, testJournal } from './testing.ts'

const LOOP = fileURLToPath(new URL('./testing-append-loop.ts', import.meta.url))

let box: TestJournal
beforeEach(async () => {
  box = await testJournal()
})
afterEach(() => box.stop())

/** Runs the append loop in its own process until `acks` came back, then SIGKILL. */
async function appendAndKill(path: string, acks: number): Promise<number[]> {
  const child = spawn(process.execPath, [LOOP, path, TEST_ORIGIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const seen: number[] = []
  const ended = new Promise(resolve => child.once('exit', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, index] = line.split(' ')
    if (word !== 'ack') throw new Error(`the loop said: ${line}`)
    seen.push(Number(index))
    if (seen.length === acks) child.kill('SIGKILL')
  }
  await ended
  return seen
}

test('kill -9 in the middle of a loop loses no acknowledged event', async () => {
  await box.journal.close()
  const acknowledged = new Set<number>()
  for (const acks of [1, 40, 97, 160]) {
    for (const index of await appendAndKill(box.path, acks)) {
      expect(acknowledged.has(index)).toBe(false)
      acknowledged.add(index)
    }
    const journal = await box.host.open({ path: box.path, origin: TEST_ORIGIN })
    expect(journal.size()).toBeGreaterThan(Math.max(...acknowledged))
    await journal.close()
    expect(checkJournal(box.path).faults).toEqual([])
  }
  const entries = new DatabaseSync(box.path, { readOnly: true })
  const found = entries.prepare('SELECT idx FROM entries').all()
  const indexes = new Set(found.map(row => Number(row.idx)))
  entries.close()
  expect([...acknowledged].filter(index => !indexes.has(index))).toEqual([])
})

test('a write that the system refuses ends in a coded error and a whole journal', async () => {
  await box.journal.close()
  // 300 blocks of 1 KiB: the write-ahead log hits the limit on a file's size.
  const shell = `ulimit -f 300; exec "$0" "$@"`
  const child = spawn('bash', ['-c', shell, process.execPath, LOOP, box.path, TEST_ORIGIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  await ended
  const last = Math.max(...lines.map(line => Number(/^ack (\d+)$/.exec(line)?.[1] ?? 0)))
  expect(lines.at(-1)).toMatch(/^(failed journal\.unavailable|refused disk-full)$/)
  const journal = await box.host.open({ path: box.path, origin: TEST_ORIGIN })
  expect(journal.size()).toBeGreaterThan(last)
  await journal.close()
  expect(checkJournal(box.path).faults).toEqual([])
})

describe('the lock', () => {
  test('a second opener is refused while the first lives', async () => {
    const other = openJournalHost()
    await expect(other.open({ path: box.path, origin: TEST_ORIGIN })).rejects.toMatchObject({
      code: 'journal.locked',
    })
    await other.close()
    expect(await box.journal.append({ events: [{ kind: 'test' }] })).toMatchObject({ ok: true })
  })

  test('who lost the lock cannot write any more', async () => {
    const thief = new DatabaseSync(box.path)
    thief.exec("UPDATE tip SET lock_nonce = 'stolen'")
    await expect(box.journal.append({ events: [{ kind: 'test' }] })).rejects.toMatchObject({
      code: 'journal.lock-lost',
    })
    expect(thief.prepare('SELECT count(*) AS n FROM entries').get()?.n).toBe(1)
    thief.close()
  })

  test('another identity cannot open the journal', async () => {
    await box.journal.close()
    const origin = 'test.tillproof.local/d/dzzzzzzzzzzzz/1'
    await expect(box.host.open({ path: box.path, origin })).rejects.toMatchObject({
      code: 'journal.foreign',
    })
  })
})

describe('start-up', () => {
  const damage: [string, string, string][] = [
    ['a changed event', 'UPDATE entries SET open_salt = zeroblob(16) WHERE idx = 5', 'damaged'],
    ['a lost event', 'DELETE FROM entries WHERE idx = 9', 'damaged'],
    [
      'a changed node',
      'UPDATE nodes SET hash = zeroblob(32) WHERE level = 1 AND idx = 2',
      'damaged',
    ],
    ['a changed tip', 'UPDATE tip SET size = 9', 'damaged'],
    ['a forgotten tail', "INSERT INTO heads VALUES (11, 'x')", 'rolled-back'],
  ]
  test.each(damage)('%s is found', async (_name, sql, code) => {
    for (let n = 1; n < 10; n += 1) await box.journal.append({ events: [{ kind: 'test' }] })
    await box.journal.close()
    const db = new DatabaseSync(box.path)
    db.exec(sql)
    db.close()
    await expect(box.host.open({ path: box.path, origin: TEST_ORIGIN })).rejects.toMatchObject({
      code: `journal.${code}`,
    })
    expect(checkJournal(box.path).faults).not.toEqual([])
  })

  test('the full check reads beside a running agent', async () => {
    await box.journal.append({ events: [{ kind: 'test' }] })
    expect(checkJournal(box.path)).toEqual({
      size: 2,
      sealedSize: 0,
      receiptedSize: 0,
      released: 0,
      death: null,
      faults: [],
    })
  })

  test('versions of SQLite that corrupt journals are refused', () => {
    for (const version of ['3.51.3', '3.51.4', '3.53.0', '4.0.0']) assertSqliteVersion(version)
    for (const version of ['3.46.1', '3.51.2', '3.52.0']) {
      expect(() => assertSqliteVersion(version)).toThrow(`SQLite ${version}`)
    }
  })
})
