/** Database and chain as children: killed with -9 they come back, and what was done stays. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDb } from '../db/db.ts'
import { startChain } from './chain.ts'
import { startPostgres } from './postgres.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tillproof-embedded-'))
  await chmod(dir, 0o711)
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const log = () => undefined

test('PostgreSQL: data, port and password outlive kill -9, adoption and a stop', async () => {
  const options = { dir: join(dir, 'postgres'), log }
  const server = await startPostgres(options)
  const url = server.urlOf('postgres')
  const db = openDb({ apiUrl: url, systemUrl: url })
  await db.withSystem(tx => tx.query('create table kept as select 1 as one'))
  const heard: string[] = []
  await db.listen('news', payload => heard.push(payload))
  const idle = db.withSystem(tx => tx.query('select pg_sleep(5)')).catch(() => 'cut off')

  process.kill((await server.pid()) ?? 0, 'SIGKILL')
  expect(await idle).toBe('cut off')
  const read = (tx: { query(sql: string): Promise<object[]> }) => tx.query('select one from kept')
  expect(await db.withSystem(read, { idempotent: true })).toEqual([{ one: 1 }])
  await expect
    .poll(
      async () => {
        await db.withSystem(tx => tx.query("notify news, 'after'"), { idempotent: true })
        return heard.length
      },
      { timeout: 10_000, interval: 200 },
    )
    .toBeGreaterThan(0)

  const adopted = await startPostgres(options)
  expect(await adopted.pid()).toBe(await server.pid())
  await db.close()
  await server.stop()
  await adopted.stop()
  expect(await server.pid()).toBeUndefined()

  const again = await startPostgres(options)
  expect(again.urlOf('postgres')).toBe(url)
  const later = openDb({ apiUrl: url, systemUrl: url })
  expect(await later.withSystem(read)).toEqual([{ one: 1 }])
  await later.close()
  await again.stop()
})

test('chain: comes back on its port with its state, and the payer is funded', async () => {
  const payer = `0x${'11'.repeat(20)}`
  const chain = await startChain({ dir: join(dir, 'chain'), log, fund: [payer], chainId: 4242 })
  const rpc = async (method: string, params: unknown[]) => {
    const response = await fetch(chain.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    return ((await response.json()) as { result: unknown }).result
  }
  expect(await rpc('eth_chainId', [])).toBe('0x1092')
  const target = `0x${'22'.repeat(20)}`
  await rpc('anvil_setBalance', [target, '0x7'])
  // The state is saved every second.
  await new Promise(resolve => setTimeout(resolve, 2_500))
  process.kill((await chain.pid()) ?? 0, 'SIGKILL')
  await expect
    .poll(() => rpc('eth_getBalance', [target, 'latest']).catch(() => 'away'), { timeout: 15_000 })
    .toBe('0x7')
  await expect
    .poll(() => rpc('eth_getBalance', [payer, 'latest']).catch(() => 'away'), { timeout: 15_000 })
    .toBe('0x3635c9adc5dea00000')
  await chain.stop()
  expect(await chain.pid()).toBeUndefined()
})
