/** The witness over real HTTP: each answer of tlog-witness, and what it remembers afterwards. */
import { existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { cosignatureTimeS, parseVkey } from '@tillproof/shared/note/key.ts'
import { verifyNote } from '@tillproof/shared/note/note.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningWitness, serveWitness } from './server.ts'
import { testLog } from './testing.ts'
import { initWitness, openWitness } from './witness-dir.ts'

const key = ed25519.generate()
const log = testLog('demo.tillproof.local/log', key)
const fork = testLog('demo.tillproof.local/log', key, 'b')
const impostor = testLog('demo.tillproof.local/log')
const stranger = testLog('other.example/log')

let dir: string
let vkey: string
let running: RunningWitness

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-witness-'))
  vkey = initWitness({ dir, name: 'witness.lender.demo', logs: [log.vkey] })
  running = await start()
})
afterEach(async () => {
  await running.stop()
  rmSync(dir, { recursive: true })
})

describe('add-checkpoint', () => {
  test('200: a cosignature/v1 on the checkpoint, with the time of now', async () => {
    const answer = await ask(log.request(0, 5))
    expect(answer.status).toBe(200)
    const verifier = parseVkey(vkey)
    const note = verifyNote(`${log.checkpoint(5)}${answer.body}`, verifier ? [verifier] : [])
    expect(note.ok && note.verified.map(line => line.name)).toEqual(['witness.lender.demo'])
    const timeS = note.ok && cosignatureTimeS(note.verified[0]?.signature ?? new Uint8Array())
    expect(Math.abs(Number(timeS) - Date.now() / 1000)).toBeLessThan(5)
  })

  test('200 along a growing log, and again for the same checkpoint', async () => {
    for (const [old, size] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 256],
      [256, 257],
      [257, 2000],
    ] as const) {
      expect((await ask(log.request(old, size))).status).toBe(200)
    }
    expect((await ask(log.request(2000, 2000))).status).toBe(200)
  })

  test('409 and the newest size when the old size is not the newest', async () => {
    await ask(log.request(0, 7))
    const answer = await ask(log.request(5, 9))
    expect(answer).toMatchObject({ status: 409, type: 'text/x.tlog.size', body: '7\n' })
    expect(await ask(log.request(0, 9))).toMatchObject({ status: 409, body: '7\n' })
  })

  test('409: the witness finds another root of one size, which it keeps as proof', async () => {
    await ask(log.request(0, 7))
    const answer = await ask(fork.request(7, 7))
    expect(answer).toMatchObject({ status: 409, type: 'text/x.tlog.size', body: '7\n' })
    const status: unknown = await (await fetch(`${running.url}/status`)).json()
    expect(status).toMatchObject({ refused: [{ kind: 'fork', note: fork.checkpoint(7) }] })
  })

  test('keeps that proof whatever old size it came with', async () => {
    await ask(log.request(0, 7))
    expect(await ask(fork.request(5, 7))).toMatchObject({ status: 409, body: '7\n' })
    expect(await refusals()).toEqual([{ kind: 'fork', note: fork.checkpoint(7) }])
  })

  test('keeps one note of a tree without proof, and has room for a fork after noise', async () => {
    await ask(log.request(0, 7))
    const hash = toBase64(new Uint8Array(32))
    for (let at = 0; at < 110; at++) {
      const junk = `\u2014 nobody ${toBase64(new Uint8Array(12).fill(at))}\n`
      expect((await ask(`old 7\n${hash}\n\n${log.checkpoint(9)}${junk}`)).status).toBe(422)
    }
    expect(await refusals()).toEqual([{ kind: 'bad-proof', note: log.checkpoint(9) }])
    for (let size = 10; size < 120; size++) {
      expect((await ask(`old 7\n${hash}\n\n${log.checkpoint(size)}`)).status).toBe(422)
    }
    await ask(fork.request(7, 7))
    expect((await refusals()).at(-1)).toEqual({ kind: 'fork', note: fork.checkpoint(7) })
  })

  test('422: the witness finds a history that does not extend the cosigned one', async () => {
    await ask(log.request(0, 7))
    expect((await ask(fork.request(7, 9))).status).toBe(422)
    expect((await ask(log.request(7, 9))).status).toBe(200)
  })

  test('422 for a proof where none belongs, or a hash too many', async () => {
    const hash = `${toBase64(new Uint8Array(32))}\n`
    expect((await ask(`old 0\n${hash}\n${log.checkpoint(5)}`)).status).toBe(422)
    await ask(log.request(0, 5))
    const padded = log.request(5, 8).replace('\n\n', `\n${hash}\n`)
    expect((await ask(padded)).status).toBe(422)
  })

  test('403 for a signature by another key under the same name', async () => {
    expect((await ask(impostor.request(0, 5))).status).toBe(403)
  })

  test('403 when the trusted key’s own line does not verify', async () => {
    const signature = log.checkpoint(5).split(' ').at(-1) ?? ''
    const swapped = log.request(0, 6).replace(/[^ ]+\n$/, signature)
    expect((await ask(swapped)).status).toBe(403)
  })

  test('404 for a log it was not told to serve', async () => {
    expect((await ask(stranger.request(0, 5))).status).toBe(404)
  })

  test('400 when the old size is above the new one, and for rubbish', async () => {
    await ask(log.request(0, 7))
    expect((await ask(log.request(9, 8))).status).toBe(400)
    const rubbish = ['', 'old 1', 'old -1\n\nx', 'old 01\n\nx', 'old 0\n\nno checkpoint\n']
    for (const body of rubbish) expect((await ask(body)).status).toBe(400)
    const lines = `${toBase64(new Uint8Array(32))}\n`.repeat(64)
    expect((await ask(`old 0\n${lines}\n${log.checkpoint(5)}`)).status).toBe(400)
  })

  test('a body beyond its limit is refused and the witness goes on', async () => {
    expect((await ask('old 0\n\n'.padEnd(200_000, 'x'))).status).toBe(413)
    expect((await ask(log.request(0, 3))).status).toBe(200)
  })

  test('of many at once one wins each step, and none goes back', async () => {
    const answers = await Promise.all([3, 5, 8, 4].map(size => ask(log.request(0, size))))
    expect(answers.map(answer => answer.status).sort()).toEqual([200, 409, 409, 409])
  })
})

describe('what it remembers', () => {
  test('a restart continues from the cosigned size', async () => {
    await ask(log.request(0, 7))
    await running.stop()
    running = await start()
    expect(await ask(fork.request(0, 9))).toMatchObject({ status: 409, body: '7\n' })
    expect((await ask(log.request(7, 9))).status).toBe(200)
  })

  test('with a key and without its state it refuses to start', () => {
    const elsewhere = join(dir, 'elsewhere')
    initWitness({ dir: elsewhere, name: 'witness.two', logs: [log.vkey] })
    renameSync(join(elsewhere, 'state.db'), join(elsewhere, 'moved.db'))
    expect(() => openWitness(elsewhere)).toThrow(
      expect.objectContaining({ code: 'witness.state-missing' }),
    )
    expect(existsSync(join(elsewhere, 'state.db'))).toBe(false)
  })

  test('the state of another witness is refused', () => {
    const elsewhere = join(dir, 'elsewhere')
    initWitness({ dir: elsewhere, name: 'witness.two', logs: [log.vkey] })
    renameSync(join(dir, 'witness.key'), join(elsewhere, 'witness.key'))
    expect(() => openWitness(elsewhere)).toThrow(
      expect.objectContaining({ code: 'witness.state-foreign' }),
    )
  })

  test('init never overwrites, and the key is for its owner alone', () => {
    const again = () => initWitness({ dir, name: 'witness.two', logs: [log.vkey] })
    expect(again).toThrow(expect.objectContaining({ code: 'witness.exists' }))
    expect(statSync(join(dir, 'witness.key')).mode & 0o777).toBe(0o600)
  })
})

test('the status page names witness, log and size, and shouts when a log misbehaves', async () => {
  await ask(log.request(0, 7))
  expect(await page()).toContain('Every checkpoint extended the one before.')
  await ask(fork.request(7, 7))
  expect(await page()).toContain('1 signed checkpoints were refused')
})

function start(): Promise<RunningWitness> {
  return serveWitness(openWitness(dir), { port: 0, host: '127.0.0.1', log: () => undefined })
}
async function ask(body: string) {
  const answer = await fetch(`${running.url}/add-checkpoint`, { method: 'POST', body })
  const type = answer.headers.get('content-type')
  return { status: answer.status, type, body: await answer.text() }
}
async function refusals() {
  const status = await (await fetch(`${running.url}/status`)).json()
  const { refused } = status as { refused: { kind: string; note: string }[] }
  return refused.map(({ kind, note }) => ({ kind, note }))
}
async function page() {
  return (await fetch(running.url)).text()
}
