/**
 * Modbus register maps as data. A profile is a YAML file beside this one: a new box in the field is
 * a new file, not new code. Everything a reader of the meters has to know is in it: table, address,
 * type, order of the bytes, scale, unit, and how wide a counter really is before it wraps.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { z } from 'zod'
import { readYaml, type YamlFault } from './yaml-faults.ts'

const name = z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/)
const address = z.number().int().min(0).max(0xffff)

/** Registers that a value takes. */
export const WORDS = {
  uint16: 1,
  int16: 1,
  uint32: 2,
  int32: 2,
  float32: 2,
  uint64: 4,
  int64: 4,
} as const

const register = z
  .strictObject({
    table: z.enum(['holding', 'input']),
    address,
    type: z.enum(Object.keys(WORDS) as [keyof typeof WORDS, ...(keyof typeof WORDS)[]]),
    /**
     * How the bytes of a value travel, named by a value of four, A the highest: ABCD as the
     * standard has it, CDAB low word first, BADC bytes of each word swapped, DCBA both.
     */
    wordOrder: z.enum(['ABCD', 'CDAB', 'BADC', 'DCBA']).default('ABCD'),
    /** Value in `unit` is raw times scale. */
    scale: z.number().positive().default(1),
    unit: z.string().max(20),
    /** Bits after which a counter that only rises begins again; absent for other values. */
    counterBits: z.number().int().min(8).max(64).optional(),
    writable: z.boolean().default(false),
  })
  .refine(it => it.table === 'holding' || !it.writable, 'an input register cannot be writable')
  .refine(it => it.counterBits === undefined || it.type.startsWith('u'), {
    path: ['counterBits'],
    error: 'only an unsigned value counts',
  })
  .refine(it => (it.counterBits ?? 0) <= 16 * WORDS[it.type], {
    path: ['counterBits'],
    error: 'wider than its registers',
  })
  .refine(it => it.address + WORDS[it.type] <= 0x10000, {
    path: ['address'],
    error: 'reaches beyond the last register',
  })

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
  const { value, faults, faultAt } = readYaml(yamlText)
  if (faults.length > 0) throw invalid(faults)
  const parsed = modbusProfile.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues.flatMap(faultAt))
}

function invalid(faults: YamlFault[]): TillproofError {
  const lines = faults.map(({ line, text }) => `  line ${line}: ${text}`)
  return new TillproofError(
    'modbus.profile-invalid',
    ['The Modbus register map cannot be used:', ...lines].join('\n'),
    'Correct these lines of the file and start again; the maps that come with the agent show how.',
  )
}
