/** Profiles: each shipped one loads, everything wrong in one is told at once, one's own by path. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DRIVER_TRAITS } from './driver-traits.ts'
import { loadMachineProfile, parseMachineProfile, shippedProfiles } from './load.ts'

const FRAME = `
profile: mine
version: 1
kind: massage-chair
title: { en: Mine, zh-CN: 我的 }
describes: A chair of mine.
`

test('the profiles that the installer meets are there', () => {
  expect(shippedProfiles()).toEqual([
    'charger-energy-meter',
    'coffee-ddcmp',
    'coffee-dex',
    'coin-box-cctalk',
    'coin-box-waferlife',
    'coin-box-watched',
    'massage-chair-modbus',
    'massage-chair-pulse',
    'shared-car',
    'vending-mdb-counted',
    'vending-mdb-reader',
    'vending-mdb-sniffer',
    'vending-waferlife',
    'virtual',
    'washer-modbus',
  ])
})

test.each(shippedProfiles())('%s loads, and its name is that of its file', name => {
  const { profile, maps, hash } = loadMachineProfile(name, '/')
  expect(profile.profile).toBe(name)
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  const mapped = Object.entries(profile.ports).filter(([, port]) => port.map !== undefined)
  expect(Object.keys(maps)).toEqual(mapped.map(([port]) => port))
})

test('a profile and a register map of one’s own, by path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillproof-profile-'))
  writeFileSync(
    join(folder, 'counter.yaml'),
    `profile: counter
version: 1
describes: One counter
registers: { total: { table: input, address: 0, type: uint16, unit: coins, counterBits: 16 } }
`,
  )
  writeFileSync(
    join(folder, 'mine.yaml'),
    `${FRAME}
ports: { box: { driver: modbus, map: ./counter.yaml, title: { en: Box, zh-CN: 盒 } } }
session: { kind: none }
meters: { coins: { from: box.total, unit: coins, bits: 16 } }
`,
  )
  const { profile } = loadMachineProfile('./mine.yaml', folder)
  expect(profile.meters.coins).toMatchObject({ bits: 16, falls: 'never' })
  rmSync(folder, { recursive: true })
})

const place = (text: string) => () => parseMachineProfile(`${FRAME}${text}`, '/mine.yaml')

test('unknown keys and wrong values are told at once', () => {
  const wrong = place(
    'session: {kind: rental, serving: "2x"}\nlimit: 1\nports: {a: {driver: modem}}',
  )
  expect(wrong).toThrow(/ports\.a\.driver.*ports\.a\.title.*session\.timedBy.*limit/s)
})

test('what contradicts itself is told at once', () => {
  const wrong = place(`
ports:
  timer: { driver: modbus, map: massage-chair-timer, title: { en: T, zh-CN: 时 } }
  scan: { driver: scanner, title: { en: S, zh-CN: 扫 } }
codes: timer
session:
  kind: rental
  timedBy: agent
  serving: runs
  start: [{ point: timer.state, value: 1 }, { point: timer.gone, value: 1 }]
meters:
  runs: { from: timer.runs, unit: runs, bits: 16 }
  state: { from: timer.state, unit: enum, bits: 16 }
corroboration: [{ claim: sale.result, by: meter, of: vends, rises: 1 }]
`)
  expect(wrong).toThrow(TEXT)
})

const TEXT = [
  'codes: driver modbus of port timer does not speak codes',
  'meters.runs.bits: timer.runs has 32 bits, not 16',
  'meters.state: timer.state is no counter',
  'session.serving: there is no signal runs',
  'session.stop: the agent ends the run, so it has to know how',
  'session: timer.state cannot be written',
  'session: timer has no point gone',
  'corroboration.0.of: there is no meter vends',
].join('; ')

test('a profile that does not exist names those that do', () => {
  expect(() => loadMachineProfile('toaster', '/')).toThrow('There is no machine profile toaster')
})

test('the installer’s page: its example is good, every profile and driver is on it', () => {
  const page = readFileSync(new URL('../../../docs/operating/machines.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '')
  const written = (name: string) => blocks.find(text => text.startsWith(`profile: ${name}`)) ?? ''
  const folder = mkdtempSync(join(tmpdir(), 'tillproof-profile-'))
  writeFileSync(join(folder, 'dryer.yaml'), written('dryer-kanto'))
  writeFileSync(join(folder, 'kanto-registers.yaml'), written('kanto-registers'))
  const { profile } = loadMachineProfile('./dryer.yaml', folder)
  expect(profile.session).toMatchObject({ kind: 'rental', serving: 'running', runs: 'cycles' })
  rmSync(folder, { recursive: true })
  const names = [...shippedProfiles(), ...Object.keys(DRIVER_TRAITS)]
  expect(names.filter(name => !page.includes(`\`${name}\``))).toEqual([])
})
