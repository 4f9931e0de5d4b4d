/** Parts of an audited book: which events a bundle is asked for, and what waits without terms. */
import type { Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import { DEVICE } from '@tillproof/shared/testing/world.ts'

/** @param asked a sale's id, or a device's with `?epoch=…&from=…&to=…` */
export function indexesOf(asked: string): number[] {
  const range = /[?&]from=(\d+)&to=(\d+)$/.exec(asked)
  const from = Number(range?.[1] ?? asked.split('.')[2])
  const to = Number(range?.[2] ?? from + 2)
  return Array.from({ length: to - from + 1 }, (_, at) => from + at)
}

export const inSuspense = (amountMinor: bigint): Leg[] => [
  { account: 'psp:sandbox:receivable', side: 'debit', amountMinor },
  { account: `device:${DEVICE}:takings`, side: 'credit', amountMinor },
  { account: `device:${DEVICE}:takings`, side: 'debit', amountMinor },
  { account: 'suspense:no-agreement', side: 'credit', amountMinor },
]
