/** `tillproof dex` and `tillproof nmea` as a person meets them, on good and on hostile files. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'tillproof.mjs')
const folder = mkdtempSync(join(tmpdir(), 'tillproof-files-'))
const file = (name: string) => join(folder, name)

function tillproof(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

beforeAll(() => {
  // The checksum covers ST to the line before G85, by an independent calculator.
  const audit = ['DXS*XYZ0000001*VA*V0/6*1', 'ST*001*0001', 'VA1*350*3*350*3', 'G85*CA0F']
  writeFileSync(file('good.eva'), [...audit, 'SE*4*0001', 'DXE*1*1', ''].join('\r\n'))
  writeFileSync(file('empty.eva'), '')
  writeFileSync(
    file('bytes.eva'),
    Uint8Array.from({ length: 4000 }, (_, i) => (i * 7919) % 251),
  )
  writeFileSync(file('huge.eva'), 'VA1*1*1\n'.repeat(200_000))
  writeFileSync(file('drive.log'), '$GPZDA,152504.50,09,12,2009,00,00*65\r\n')
})

afterAll(() => rmSync(folder, { recursive: true }))

describe('dex', () => {
  test('as a table', () => {
    const { status, stdout } = tillproof('dex', file('good.eva'))
    expect(status).toBe(0)
    for (const title of ['INTEGRITY', 'IDENTITIES', 'PRODUCTS', 'METERS', 'CASH', 'EVENTS']) {
      expect(stdout).toContain(`\n${title}\n`)
    }
    expect(stdout).toMatch(/VA101 +paid vends +lifetime +3\.50/)
  })

  test('as JSON', () => {
    const { status, stdout } = tillproof('dex', file('good.eva'), '--json')
    expect(status).toBe(0)
    const audit: Record<string, unknown> = JSON.parse(stdout)
    expect(Object.keys(audit)).toEqual(
      expect.arrayContaining([
        ...['segments', 'meters', 'products', 'integrity', 'identities', 'warnings'],
      ]),
    )
    expect(audit).toMatchObject({ integrity: { g85: 'ok', se: 'ok' }, meters: { VA101: 350 } })
  })

  test.each([
    ['no such file', file('absent.eva'), 'there is no such file'],
    ['a folder', folder, 'it is a folder'],
    ['nothing in it', file('empty.eva'), 'is empty'],
    ['bytes of something else', file('bytes.eva'), 'has no EVA-DTS segment'],
    ['far too large', file('huge.eva'), 'is larger than'],
  ])('%s: reason and next step, no stack', (_name, path, reason) => {
    const { status, stdout, stderr } = tillproof('dex', path)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain(reason)
    expect(stderr.split('\n')).toHaveLength(3)
    expect(stderr).toMatch(/\n {2}next: \S/)
  })

  test('a profile that is none is wrong usage', () => {
    expect(tillproof('dex', file('good.eva'), '--profile', 'none').status).toBe(2)
  })
})

describe('nmea', () => {
  test('a recording without a position', () => {
    const { status, stdout } = tillproof('nmea', file('drive.log'), '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ sentences: 1, accepted: 0, fixes: [], refused: [] })
  })

  test('not a recording', () => {
    const { status, stderr } = tillproof('nmea', file('bytes.eva'))
    expect(status).toBe(1)
    expect(stderr).toContain('has no NMEA sentence')
  })
})
