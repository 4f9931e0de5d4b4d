/**
 * Starts the lines of a machine, its session, its watches and its audits, as its profile says. No
 * kind of machine is named here: what they are is data.
 *
 *   lines ──facts──▶ session, watch, tallies ──▶ journal          session ──deeds──▶ lines
 */
import { lookAt, type Points } from '../profile/look.ts'
import { readVoucher } from '../session/voucher.ts'
import { startAuditing } from './auditing.ts'
import { busPool } from './bus-pool.ts'
import { startCounting } from './counting.ts'
import type { DriverDeps, Drivers, VoucherAnswer } from './drivers.ts'
import type { DriverFact, MachineLine } from './line.ts'
import { noteMeters } from './meter-notes.ts'
import { watchSaleStop } from './on-sale.ts'
import { notePortChanges } from './port-events.ts'
import { DRIVERS } from './registry.ts'
import { startSelling } from './selling.ts'
import { startWatch } from './watch.ts'

export type { DriverDeps, Drivers, VoucherAnswer } from './drivers.ts'

/**
 * Returns at once: lines open, and a sale left by an earlier run is finished, in the background.
 * A missing port is not an error.
 */
export function startDrivers(deps: DriverDeps): Drivers {
  const { machine, clock, log, deviceId } = deps
  const lines = new Map<string, MachineLine>()
  const refusals = new Map<string, string>()
  const counting = startCounting(deps)
  const points = new Map<string, Points>()
  let lastFixAtMs: number | null = null
  const selling = startSelling({ ...deps, lineOf: port => lines.get(port) })
  const watch = startWatch(deps)
  const auditing = startAuditing(deps)
  const meters = noteMeters(deps)

  async function offerVoucher(text: string): Promise<VoucherAnswer> {
    const read = readVoucher(text, { publicKey: deps.voucherKey, deviceId, nowMs: clock.nowMs() })
    if (!read.ok) return read.refused
    const answer = saleStop.reason() ?? (await selling.offer(read.credit))
    if (answer === 'voucher-spent') watch.replayed(read.credit.orderId)
    return answer
  }

  async function onCode(port: string, text: string): Promise<void> {
    if (port !== machine.profile.codes) return
    const answer = await offerVoucher(text)
    refusals.set(port, answer === 'accepted' ? '' : `last code refused: ${answer}`)
    log.info({ port, answer }, 'code')
  }

  function look(): void {
    const seen = lookAt(machine.profile, points)
    selling.look(seen)
    watch.look(seen)
    meters.look(seen)
  }

  function hear(port: string, fact: DriverFact): void {
    switch (fact.kind) {
      case 'code':
        void onCode(port, fact.text)
        return
      case 'credits':
        counting.credits(port, fact.buffered, fact.values)
        return
      case 'cash':
        counting.cash(port, fact.news)
        return
      case 'position':
        if (port !== machine.profile.watch.position?.port) return
        lastFixAtMs = clock.nowMs()
        watch.fix(fact.position)
        return
      case 'points':
        points.set(port, fact.points)
        look()
        return
      case 'silent':
        points.delete(port)
        look()
        return
      case 'vend':
      case 'seen':
        selling.hear(port, fact)
    }
  }

  openLines(deps, lines, hear)
  const saleStop = watchSaleStop(deps, on => {
    for (const line of lines.values()) void line.do({ type: 'on-sale', on })
  })

  return {
    offerVoucher,
    audit: auditing.run,
    ports: () => [...statuses(lines, refusals), ...auditing.ports()],
    lastFixAtMs: () => lastFixAtMs,
    noSale: saleStop.reason,
    async stop() {
      saleStop.stop()
      await Promise.all([...lines.values()].map(line => line.stop()))
      await Promise.all([auditing.stop(), counting.idle()])
      await selling.stop()
      await watch.stop()
      await meters.idle()
    },
  }
}

function statuses(lines: ReadonlyMap<string, MachineLine>, refusals: ReadonlyMap<string, string>) {
  return [...lines].map(([name, line]) => {
    const status = line.status()
    return { ...status, detail: status.detail || (refusals.get(name) ?? '') }
  })
}

function openLines(
  { machine, store, clock, log }: DriverDeps,
  lines: Map<string, MachineLine>,
  hear: (port: string, fact: DriverFact) => void,
): void {
  const buses = busPool({ clock, log })
  for (const [name, line] of Object.entries(machine.lines)) {
    const driver = machine.profile.ports[name]?.driver
    const open = driver === undefined ? null : DRIVERS[driver]
    if (open === null) continue
    const opened = open({
      name,
      line,
      map: machine.maps[name],
      currency: machine.currency,
      store,
      clock,
      log,
      buses,
      onFact: fact => hear(name, fact),
      onState: notePortChanges({ store, log }, name),
    })
    lines.set(name, opened)
  }
}
