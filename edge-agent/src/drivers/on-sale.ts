/**
 * Takes the machine out of sale while no sale could be written down, and back when it can: the
 * readers are switched off, so that the machine itself tells its customers, and on again.
 */
import { freeBytes } from '../health/status.ts'
import type { Journal } from '../journal/event-store.ts'
import { DEFAULT_RESERVE_BYTES } from '../journal/host.ts'
import type { DriverDeps, NoSale } from './drivers.ts'

/**
 * Why no sale may begin now: the journal would refuse it. `folder` is where the journal lies; its
 * reserve belongs to sales that have begun.
 */
export function noSaleBecause(journal: Pick<Journal, 'death'>, folder: string): NoSale | null {
  if (journal.death()) return 'log-dead'
  return freeBytes(folder) < DEFAULT_RESERVE_BYTES ? 'disk-full' : null
}

const LOOK_EVERY_MS = 2_000

export type SaleStop = { reason(): NoSale | null; stop(): void }

export function watchSaleStop(
  { clock, log, noSaleBecause }: Pick<DriverDeps, 'clock' | 'log' | 'noSaleBecause'>,
  onChange: (isOnSale: boolean) => void,
): SaleStop {
  let reason: NoSale | null = null
  let cancel = () => {}

  function look(): void {
    cancel = clock.after(LOOK_EVERY_MS, look)
    const now = noSaleBecause?.() ?? null
    if (now === reason) return
    const wasOnSale = reason === null
    reason = now
    if (now === null) log.info('on sale again')
    else log.error({ reason: now }, 'out of sale')
    if (wasOnSale !== (now === null)) onChange(now === null)
  }

  if (noSaleBecause !== undefined) look()
  return { reason: () => reason, stop: () => cancel() }
}
