/**
 * The session that a machine's profile names, between its lines and the journal: facts of the lines
 * become the session's inputs, its deeds go to the line they are for.
 */
import type { VendFact } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import { parseDecimal } from '@tillproof/shared/money/money.ts'
import { splitPoint } from '../profile/fields.ts'
import type { Machine } from '../profile/machine.ts'
import type { SessionRules } from '../profile/sessions.ts'
import { type CashTold, isToldAgain } from '../session/cash-once.ts'
import { observer } from '../session/observer.ts'
import { refusalRequest } from '../session/sale.ts'
import { timedRental } from '../session/timed.ts'
import type { Look, TimedRules } from '../session/timed-rules.ts'
import type { TimedDeed, TimedWrite } from '../session/timed-state.ts'
import { vendingMachine } from '../session/vending.ts'
import type { VendDeed } from '../session/vending-state.ts'
import type { Credit } from '../session/voucher.ts'
import type { VoucherAnswer } from './drivers.ts'
import type { DriverFact, MachineLine } from './line.ts'
import { type RunnerDeps, runSession } from './runner.ts'

export type SellingDeps = Omit<RunnerDeps<never>, 'perform'> & {
  machine: Machine
  /** The line of a port, once it is open. */
  lineOf(port: string): MachineLine | undefined
}

type Asked = VendFact & { kind: 'vend-asked' }

export type Selling = {
  /** Facts of one line. */
  hear(port: string, fact: DriverFact): void
  /** All that can be read of the machine now. */
  look(look: Look): void
  offer(credit: Credit): Promise<VoucherAnswer>
  stop(): Promise<void>
}

export function startSelling(deps: SellingDeps): Selling {
  const { session } = deps.machine.profile
  switch (session.kind) {
    case 'vending':
      return sellByReader(deps, session)
    case 'observed':
      return watchSales(deps, session)
    case 'rental':
      return rentOut(deps, session)
    case 'none':
      return SELLS_NOTHING
  }
}

const SELLS_NOTHING: Selling = {
  hear: () => undefined,
  look: () => undefined,
  offer: () => Promise.resolve('machine-down'),
  stop: () => Promise.resolve(),
}

/** What the machine tells its reader of sales for cash is only watched, beside the reader's own. */
function sellByReader(deps: SellingDeps, { reader }: SessionRules & { kind: 'vending' }): Selling {
  const { currency } = deps.machine
  const session = runSession(vendingMachine({ currency }), {
    ...deps,
    perform: (deed: VendDeed) => void deps.lineOf(reader)?.do(deed),
  })
  const cash = watchSales(deps, { kind: 'observed', watches: reader })
  return {
    hear(port, fact) {
      cash.hear(port, fact)
      if (port !== reader || fact.kind !== 'vend') return
      const vend = fact.fact
      // The session does not learn of it, or a voucher could still be spent on what was denied.
      if (vend.kind === 'vend-asked' && isTooDear(deps, vend.amount)) {
        void deps.lineOf(reader)?.do({ type: 'deny', ask: vend.ask })
        noteTooDear(deps, port, vend)
      } else session.feed({ type: 'vend', fact: vend })
    },
    look: () => undefined,
    offer: session.offer,
    async stop() {
      await Promise.all([session.stop(), cash.stop()])
    },
  }
}

function isTooDear({ machine }: SellingDeps, amount: string): boolean {
  const { maxPriceMinor, currency } = machine
  const minor = parseDecimal(amount, currency)
  return maxPriceMinor !== null && minor !== undefined && minor > maxPriceMinor
}

/** A fact, or an operator would only hear from customers that the limit is too low. */
function noteTooDear({ store, machine, log }: SellingDeps, port: string, asked: Asked): void {
  const { currency } = machine
  const { amount, item } = asked
  const amountMinor = parseDecimal(amount, currency) ?? 0n
  const request = refusalRequest({ amountMinor, currency, item, port }, 'above-limit')
  log.warn({ port, amount }, 'above the price limit: denied')
  store
    .append(request)
    .then(result => {
      if (!result.ok) log.warn({ port, refused: result.refused }, 'a denial was not recorded')
    })
    .catch((err: unknown) => log.error({ port, err }, 'a denial was not recorded'))
}

/** A bus may have two readers; each has its own course of sales. */
function watchSales(deps: SellingDeps, { watches }: SessionRules & { kind: 'observed' }): Selling {
  const { currency } = deps.machine
  let lastCash: CashTold = null
  const runs = ([1, 2] as const).map(reader => {
    const rules = { port: watches, currency, reader }
    return { reader, session: runSession(observer(rules), { ...deps, perform: () => undefined }) }
  })
  return {
    hear(port, fact) {
      if (port !== watches || fact.kind !== 'seen' || !('reader' in fact.fact)) return
      const seen = fact.fact
      if (seen.kind === 'reader') return
      if (seen.kind === 'cash-sale') {
        if (isToldAgain(lastCash, seen)) return
        lastCash = seen
      }
      const run = runs.find(({ reader }) => reader === seen.reader)
      run?.session.feed({ type: 'seen', fact: seen })
    },
    look: () => undefined,
    offer: () => Promise.resolve('machine-down'),
    async stop() {
      await Promise.all(runs.map(({ session }) => session.stop()))
    },
  }
}

function rentOut(deps: SellingDeps, rules: SessionRules & { kind: 'rental' }): Selling {
  const { machine } = deps
  const session = runSession(timedRental(timedRulesOf(machine, rules), machine), {
    ...deps,
    perform: (deed: TimedDeed) => void writeAll(deps, deed.writes),
  })
  return {
    hear: () => undefined,
    look: look => session.feed({ type: 'look', look, atMs: deps.clock.nowMs() }),
    offer: session.offer,
    stop: session.stop,
  }
}

function timedRulesOf(
  { profile }: Machine,
  { kind: _, ...rules }: SessionRules & { kind: 'rental' },
): TimedRules {
  return {
    ...rules,
    name: profile.profile,
    port: servingPort(profile, rules.serving),
    meters: profile.meters,
    metersEverySeconds: profile.metersEveryMinutes * 60,
  }
}

/** The port that shows whether the machine serves is the one its facts are read from. */
function servingPort({ signals }: Machine['profile'], serving: string): string {
  return splitPoint(signals[serving]?.from ?? '').port
}

/** In order; what is not confirmed ends it. */
async function writeAll({ lineOf, log }: SellingDeps, writes: TimedWrite[]): Promise<void> {
  for (const write of writes) {
    const { port, point } = splitPoint(write.point)
    const done = await lineOf(port)?.do({ type: 'write', write: { ...write, point } })
    if (done === true) continue
    log.warn({ point: write.point }, 'not confirmed')
    return
  }
}
