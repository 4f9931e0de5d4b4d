/** Fields that several terms have. */
import { z } from 'zod'
import { isAgreedAccount } from '../account-path.ts'

/** One whole, in hundredths of a percent. */
export const WHOLE_BASIS_POINTS = 10_000

/** A term's name is its variable in the script. */
export const termName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,30}$/)
  .refine(name => !['gross', 'takings', 'payment_company'].includes(name), 'is taken by the sale')
/** Hundredths of a percent. */
export const basisPoints = z.number().int().min(0).max(WHOLE_BASIS_POINTS)
/** Minor units, zero or more. */
export const minor = z.string().regex(/^(0|[1-9]\d{0,17})$/)
export const positiveMinor = z.string().regex(/^[1-9]\d{0,17}$/)
export const agreedAccount = z
  .string()
  .refine(
    isAgreedAccount,
    'must be a party:, facility:, supplier:, reserve: or participation: account',
  )
export const period = z.enum(['day', 'month'])
/** Item as the machine states it: slot, programme or tariff. */
export const item = z.string().min(1).max(64)
