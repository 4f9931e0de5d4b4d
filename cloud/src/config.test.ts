/** Settings from file, environment and flags: who wins, and how faults are told. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConfigSources, loadConfig } from './config.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tillproof-config-'))
})
afterAll(() => rm(dir, { recursive: true }))

async function fileWith(text: string): Promise<string> {
  const file = join(dir, `${Math.random()}.yaml`)
  await writeFile(file, text)
  return file
}
const load = (sources: ConfigSources) => loadConfig({ environment: {}, ...sources })

test('without anything it is the demo with all roles and nothing outside', () => {
  expect(load({})).toMatchObject({
    name: 'demo.tillproof.local',
    roles: ['embedded', 'broker', 'ingest', 'worker', 'api'],
    http: { host: '127.0.0.1', port: 8080, dashboard: true },
    mqtt: { port: 8883, publicHost: 'localhost' },
    database: { poolSize: 10 },
    anchor: { everyMs: 60_000, embeddedChainId: 31_337 },
  })
})

test('flags win over the environment, the environment over the file', async () => {
  const file = await fileWith(`
name: cloud.example
http: { port: 1000, host: 0.0.0.0 }
database: { url: postgres://file/x, poolSize: 4 }
`)
  const environment = { DATABASE_URL: 'postgres://environment/x' }
  expect(load({ file, environment })).toMatchObject({
    name: 'cloud.example',
    database: { url: 'postgres://environment/x', poolSize: 4 },
  })
  const flags = [{ http: { port: 2000, host: undefined } }]
  expect(load({ file, environment, flags }).http).toMatchObject({ port: 2000, host: '0.0.0.0' })
})

test('all faults are named at once, unknown keys among them', async () => {
  const file = await fileWith('name: Not A Host\nhttp: { port: 70000, prot: 1 }\nroles: [cook]\n')
  const names = /name: .*; roles\.0: .*; http\.port: .*; http: .*prot/s
  expect(() => load({ file })).toThrow(expect.objectContaining({ code: 'config.invalid' }))
  expect(() => load({ file })).toThrow(names)
})

test('a file that is not there or not YAML is said so', async () => {
  const unreadable = expect.objectContaining({ code: 'config.unreadable' })
  expect(() => load({ file: join(dir, 'none.yaml') })).toThrow(unreadable)
  const file = await fileWith('a: [')
  expect(() => load({ file })).toThrow(unreadable)
})
