/**
 * Specification files: for one script, inputs and what should come out. The layout is the published
 * one (`specs.schema.json`); unknown keys are refused.
 */
import { z } from 'zod'

const address = z.string().regex(/^[a-zA-Z0-9_-]+(:[a-zA-Z0-9_-]+)*$/)
const asset = z.string().regex(/^[A-Z][A-Z0-9]*(\/[0-9]+)?$/)
const color = z
  .string()
  .regex(/^[A-Z]*$/)
  .optional()

export const balanceRows = z.array(
  z.strictObject({ account: address, asset, amount: z.bigint(), color }),
)
export const accountMetadata = z.record(address, z.record(z.string(), z.string()))
export const variableTexts = z.record(z.string(), z.string())

const movement = z.strictObject({
  source: address,
  destination: address,
  asset,
  amount: z.bigint(),
  color,
})
const inputs = {
  balances: balanceRows.optional(),
  variables: variableTexts.optional(),
  metadata: accountMetadata.optional(),
}

const testCase = z.strictObject({
  it: z.string(),
  focus: z.boolean().optional(),
  skip: z.boolean().optional(),
  ...inputs,
  'expect.postings': z.array(movement).optional(),
  'expect.endBalances': balanceRows.optional(),
  'expect.endBalances.include': balanceRows.optional(),
  'expect.movements': z.array(movement).optional(),
  'expect.txMetadata': z.record(z.string(), z.string()).optional(),
  'expect.metadata': accountMetadata.optional(),
  'expect.error.missingFunds': z.boolean().optional(),
})

export const specsFile = z.strictObject({
  $schema: z.string().optional(),
  featureFlags: z.array(z.string()).optional(),
  ...inputs,
  testCases: z.array(testCase),
})

export type SpecsFile = z.infer<typeof specsFile>
export type TestCase = z.infer<typeof testCase>
export type Movement = z.infer<typeof movement>
export type BalanceRows = z.infer<typeof balanceRows>
