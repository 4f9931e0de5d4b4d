/**
 * What each driver needs and speaks, as data: the profiles are checked against it, and
 * `drivers/registry.ts` has exactly one opener for each name. A new machine of known drivers is a
 * new profile; only a new protocol is a new line here.
 *
 * What a driver speaks:
 *   vend      a cashless reader's requests and outcomes, cash sales it is told of; takes decisions
 *   sales     sales that pass by on a wire, watched and never touched
 *   codes     what a customer holds before a scanner
 *   position  where the machine is
 *   points    named numbers and bits: registers, counters, contacts; some can be written
 *   coins     coins and notes that were taken
 *   audit     EVA-DTS audit files, on a schedule or on demand
 */

export const SPEECH = ['vend', 'sales', 'codes', 'position', 'points', 'coins', 'audit'] as const
export type Speech = (typeof SPEECH)[number]

export type DriverTraits = {
  speaks: readonly Speech[]
  lines: readonly ('serial' | 'tcp')[]
  /** Usual speed of the serial line; a profile may say otherwise. */
  baud: number
  /** Its points are named by a register map (`map:` of the port). */
  hasMap?: true
  /** Its points when they are always the same. */
  points?: Readonly<Record<string, PointTraits>>
}
/** `bits`: width of a counter; absent for what is no counter. */
export type PointTraits = { bits?: number; writable?: boolean }

const counter = { bits: 32 } as const
const contact = {} as const
const output = { writable: true } as const

export const DRIVER_TRAITS = {
  /** Qibixx MDB Pi Hat or MDB-USB as a cashless reader. */
  'mdb-reader': { speaks: ['vend'], lines: ['serial'], baud: 115_200 },
  /** The same adapter listening only. */
  'mdb-sniffer': { speaks: ['sales'], lines: ['serial'], baud: 115_200 },
  /** Waferlife RS232-MDB as a cashless reader. */
  waferlife: { speaks: ['vend'], lines: ['serial'], baud: 9600 },
  /** Waferlife MDB-RS232 as the master of a coin changer and a bill validator. */
  'waferlife-changer': { speaks: ['coins'], lines: ['serial'], baud: 9600 },
  /** QR scanners: GM6x, Honeywell, any that prints codes. */
  scanner: { speaks: ['codes'], lines: ['serial'], baud: 9600 },
  /** NMEA 0183 receivers. */
  gps: { speaks: ['position'], lines: ['serial'], baud: 9600 },
  modbus: { speaks: ['points'], lines: ['serial', 'tcp'], baud: 19_200, hasMap: true },
  /** The microcontroller bridge: its inputs and outputs by the board's own numbers. */
  bridge: {
    speaks: ['points', 'position'],
    lines: ['serial'],
    baud: 115_200,
    points: {
      pulses0: counter,
      pulses1: counter,
      contact2: contact,
      contact3: contact,
      contact4: contact,
      contact5: contact,
      output0: output,
      output1: output,
    },
  },
  /** A coin acceptor and the machine's own host, listened to. */
  cctalk: { speaks: ['coins'], lines: ['serial'], baud: 9600 },
  /** A coin acceptor that has no other host. */
  'cctalk-host': { speaks: ['coins'], lines: ['serial'], baud: 9600 },
  dex: { speaks: ['audit'], lines: ['serial'], baud: 9600 },
  ddcmp: { speaks: ['audit'], lines: ['serial'], baud: 2400 },
} as const satisfies Record<string, DriverTraits>

export type DriverName = keyof typeof DRIVER_TRAITS

export function traitsOf(driver: DriverName): DriverTraits {
  return DRIVER_TRAITS[driver]
}
