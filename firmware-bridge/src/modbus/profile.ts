/**
 * Modbus register maps as data. A profile is a YAML file beside this one: a new box in the field is
 * a new file, not new code. Everything a reader of the meters has to know is in it: table, address,
 * type, order of the 16-bit words, scale, unit, and how wide a counter really is before it wraps.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parse } from 'yaml'
import { z } from 'zod'

const name = z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/)
const address = z.number().int().min(0).max(0xffff)

const register = z
  .strictObject({
    table: z.enum(['holding', 'input']),
    address,
    type: z.enum(['uint16', 'int16', 'uint32', 'int32', 'uint64']),
    /** Order of the words of wide values: ABCD big-endian, CDAB low word first. */
    wordOrder: z.enum(['ABCD', 'CDAB']).default('ABCD'),
    /** Value in `unit` is raw times scale. */
    scale: z.number().positive().default(1),
    unit: z.string().max(20),
    /** Bits after which a counter that only rises begins again; absent for other values. */
    counterBits: z.number().int().min(8).max(64).optional(),
    writable: z.boolean().default(false),
  })
  .refine(it => it.table === 'holding' || !it.writable, 'an input register cannot be writable')

const bit = z
  .strictObject({
    table: z.enum(['coil', 'discrete']),
    address,
    writable: z.boolean().default(false),
  })
  .refine(it => it.table === 'coil' || !it.writable, 'a discrete input cannot be writable')

export const modbusProfile = z.strictObject({
  profile: z.string().regex(/^[a-z][a-z0-9-]{0,59}$/),
  version: z.number().int().min(1),
  describes: z.string().max(200),
  registers: z.record(name, register),
  bits: z.record(name, bit).default({}),
})

export type ModbusProfile = z.infer<typeof modbusProfile>
export type RegisterPoint = ModbusProfile['registers'][string]
export type BitPoint = ModbusProfile['bits'][string]

/** Text of a profile file → profile. Throws `modbus.profile-invalid` with all faults at once. */
export function parseProfile(yamlText: string): ModbusProfile {
  const parsed = modbusProfile.safeParse(readYaml(yamlText))
  if (parsed.success) return parsed.data
  throw invalid(z.prettifyError(parsed.error))
}

function readYaml(text: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw invalid('not YAML', cause)
  }
}

function invalid(detail: string, cause?: unknown): TillproofError {
  return new TillproofError(
    'modbus.profile-invalid',
    `The Modbus profile cannot be used: ${detail}`,
    'Correct the profile file and start again.',
    { cause },
  )
}
