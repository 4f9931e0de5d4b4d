/** Guesses from bytes, and the profile that fits what was found. */
import { encodeMessage, HEADERS } from '@tillproof/firmware-bridge/cctalk/frame.ts'
import { encodeWaferText, withCheck } from '@tillproof/firmware-bridge/mdb/waferlife.ts'
import { describe, expect, test } from 'vitest'
import { loadMachineProfile, shippedProfiles } from '../../profile/load.ts'
import { describe as inWords } from './cli.ts'
import { recognise } from './recognise.ts'
import { suggest } from './suggest.ts'

const ascii = (text: string) => new TextEncoder().encode(text)
const RMC = '$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n'
const poll = (header: number, source: number) =>
  encodeMessage({ destination: 3 - source, source, header, data: new Uint8Array(0) })

describe('what seems to be on a line', () => {
  const cases: [string, Uint8Array, string | undefined][] = [
    ['a receiver', ascii(RMC), 'gps'],
    ['a receiver amid noise', ascii(`\xff\x00gar${RMC}$GP`), 'gps'],
    ['a Qibixx that tells its version', ascii('v,4.0.2.0\r\n'), 'mdb-reader'],
    [
      'a Qibixx that listens',
      ascii('x,00,0006528766,12,\r\nx,80,0006528774,ACK\r\n'),
      'mdb-sniffer',
    ],
    ['a Waferlife box', encodeWaferText(withCheck(Uint8Array.of(0x14, 1)), 'line'), 'waferlife'],
    ['a machine that wants its audit read', Uint8Array.of(5, 5, 5), 'dex'],
    ['a scanner', ascii('https://pay.example/7\r'), 'scanner'],
    ['one ccTalk message could be noise', poll(HEADERS.simplePoll, 1), undefined],
    [
      'a coin acceptor and its host',
      Uint8Array.from([1, 2, 1, 2].flatMap(source => [...poll(HEADERS.readCredits, source)])),
      'cctalk',
    ],
    ['noise', Uint8Array.of(0xff, 0x80, 0x13, 0x99, 0xfe), undefined],
    ['two letters are no code', ascii('ab\r'), undefined],
    ['silence', new Uint8Array(0), undefined],
  ]
  test.each(cases)('%s', (_name, bytes, driver) => {
    expect(recognise(bytes)?.driver).toBe(driver)
  })
})

const profiles = shippedProfiles().map(name => loadMachineProfile(name, '/').profile)
const line = (driver: 'mdb-reader' | 'scanner' | 'gps' | 'mdb-sniffer', baud: number | null) => ({
  path: `/dev/${driver}`,
  driver,
  baud,
})

test('reader and scanner make a vending machine, ready to be pasted', () => {
  const found = suggest(profiles, [line('scanner', null), line('mdb-reader', 115_200)])
  expect(found).toMatchObject({ profile: 'vending-mdb-reader', missing: [] })
  expect(found?.yaml).toBe(`machine:
  profile: vending-mdb-reader
  ports:
    mdb: { path: /dev/mdb-reader, baud: 115200 }
    scanner: { path: /dev/scanner }`)
})

test('what was not found is named', () => {
  const found = suggest(profiles, [line('gps', 9600)])
  expect(found).toMatchObject({ profile: 'shared-car', missing: ['body'] })
  expect(found?.yaml).toContain('    # body: { path: … }   not found: Body box')
  expect(suggest(profiles, [])).toBeNull()
})

test('nothing plugged in: what to do', () => {
  expect(inWords({ ports: [], suggestion: null }).join('\n')).toContain('Plug in')
})
