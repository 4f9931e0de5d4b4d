/**
 * Inputs of a script as a person types them: JSON on the command line, or a file of it. Whole
 * numbers keep every digit; they may also be written as text.
 */
import { readFileSync } from 'node:fs'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { BalanceRow } from '@tillproof/shared/numscript/run/balances.ts'
import type { GivenVariables, Metadata } from '@tillproof/shared/numscript/run/variables.ts'
import { parseExactJson } from '@tillproof/shared/numscript/specs/exact-json.ts'
import { accountMetadata, balanceRows } from '@tillproof/shared/numscript/specs/schema.ts'
import { z } from 'zod'

const amount = z.union([
  z.bigint(),
  z
    .string()
    .regex(/^-?\d{1,100}$/)
    .transform(BigInt),
])
const nestedBalances = z.record(z.string(), z.record(z.string(), amount))
const texts = z.record(z.string(), z.union([z.string(), z.bigint().transform(String)]))

/** `{"fee": "CNY/2 12", "share": "15%", "count": 3}` */
export function readVariables(json: string | undefined): GivenVariables {
  return json === undefined ? {} : parse('--vars', json, texts)
}

/** `{"shop": {"CNY/2": 350}}`, or rows `[{"account": …, "asset": …, "amount": …}]`. */
export function readBalances(json: string | undefined): BalanceRow[] {
  if (json === undefined) return []
  const read = parse('--balances', json, z.union([balanceRows, nestedBalances]))
  if (Array.isArray(read)) return read
  return Object.entries(read).flatMap(([account, amounts]) =>
    Object.entries(amounts).map(([asset, each]) => ({ account, asset, amount: each })),
  )
}

/** `{"shop": {"share": "15%"}}` */
export function readMetadata(json: string | undefined): Metadata {
  return json === undefined ? {} : parse('--metadata', json, accountMetadata)
}

function parse<T>(option: string, given: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(option, textOf(option, given)))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : ''
  throw malformed(option, `does not fit${where}: ${issue?.message ?? 'unknown shape'}`)
}

function parseJson(option: string, text: string): unknown {
  try {
    return parseExactJson(text)
  } catch (cause) {
    throw malformed(option, 'is no JSON', cause)
  }
}

function textOf(option: string, given: string): string {
  if (/^\s*[[{]/.test(given)) return given
  try {
    return readFileSync(given, 'utf8')
  } catch (cause) {
    throw malformed(option, `names ${given}, which cannot be read`, cause)
  }
}

function malformed(option: string, problem: string, cause?: unknown): TillproofError {
  const next = 'tillproof split --help shows what it looks like.'
  return new TillproofError('split.input-malformed', `${option} ${problem}.`, next, { cause })
}
