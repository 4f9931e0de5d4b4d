/** Readers of option values that several commands share. */
import { InvalidArgumentError } from 'commander'

/** A count, a port, seconds, a seed. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('must be a whole number')
}
