/** What the cloud asks of the machine, and what becomes of it. No command stops the sending. */
import type { TillproofError } from '@tillproof/shared/errors.ts'
import type { Verifier } from '@tillproof/shared/note/key.ts'
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import type { Logger } from 'pino'
import { obeyErase } from '../downlink/erase.ts'
import type { Journal } from '../journal/event-store.ts'
import type { PromiseKeeper } from './log-promise.ts'

export type CommandDeps = {
  journal: Journal
  receiptVerifier: Verifier
  promise: PromiseKeeper | undefined
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  onVoucher(text: string): void
  onAuditOrder?(order: string): void
}

export function obey(deps: CommandDeps, message: CommandMessage): void {
  const failed = (what: string) => (error: unknown) =>
    deps.log.error({ reason: (error as TillproofError).message }, what)
  switch (message.type) {
    case 'voucher':
      deps.onVoucher(message.voucher)
      break
    case 'audit':
      deps.onAuditOrder?.(message.order)
      break
    case 'erase':
      erase(deps, message.order).catch(failed('erasing failed'))
      break
    case 'logged':
      keepShown(deps, message).catch(failed('a proof was not kept'))
  }
}

/** The event that tells of it goes up like any other: the cloud asks again until it comes. */
async function erase(deps: CommandDeps, order: string): Promise<void> {
  const answer = await obeyErase(order, deps.journal, deps.receiptVerifier)
  const isDone = answer === 'erased' || answer === 'known'
  deps.log[isDone ? 'info' : 'warn']({ answer }, 'order to erase a sealed part')
}

async function keepShown(
  deps: CommandDeps,
  message: { head: string; proof: string },
): Promise<void> {
  const shown = await deps.promise?.shown(message)
  if (shown === undefined) return
  if (shown.ok) deps.log.debug({ size: shown.size }, 'the cloud has logged our head')
  else deps.log.warn({ refused: shown.refused }, 'what the cloud shows of its log proves nothing')
}
