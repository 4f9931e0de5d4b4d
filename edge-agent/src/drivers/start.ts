/**
 * Starts the lines of a machine, its session and its watches, as its profile says. No kind of
 * machine is named here: what they are is data.
 */
import { readVoucher } from '../session/voucher.ts'
import { busPool } from './bus-pool.ts'
import { countCoins } from './coin-tally.ts'
import type { DriverDeps, Drivers, VoucherAnswer } from './drivers.ts'
import type { DriverFact, MachineLine } from './line.ts'
import { watchSaleStop } from './on-sale.ts'
import { notePortChanges } from './port-events.ts'
import { DRIVERS } from './registry.ts'
import { startSelling } from './selling.ts'

export type { DriverDeps, Drivers, VoucherAnswer } from './drivers.ts'

/**
 * Returns at once: lines open, and a sale left by an earlier run is finished, in the background.
 * A missing port is not an error.
 */
export function startDrivers(deps: DriverDeps): Drivers {
  const { machine, clock, log, deviceId } = deps
  const lines = new Map<string, MachineLine>()
  const refusals = new Map<string, string>()
  const selling = startSelling({ ...deps, lineOf: port => lines.get(port) })

  async function offerVoucher(text: string): Promise<VoucherAnswer> {
    const read = readVoucher(text, { publicKey: deps.voucherKey, deviceId, nowMs: clock.nowMs() })
    if (!read.ok) return read.refused
    return saleStop.reason() ?? selling.offer(read.credit)
  }

  async function onCode(port: string, text: string): Promise<void> {
    const answer = await offerVoucher(text)
    refusals.set(port, answer === 'accepted' ? '' : `last code refused: ${answer}`)
    log.info({ port, answer }, 'code')
  }

  function hear(port: string, fact: DriverFact): void {
    if (fact.kind === 'code') {
      if (port === machine.profile.codes) void onCode(port, fact.text)
    } else if (fact.kind === 'credits') coinsOf(port).hear(fact.buffered)
    else selling.hear(port, fact)
  }
  const tallies = new Map<string, ReturnType<typeof countCoins>>()
  function coinsOf(port: string) {
    const tally = tallies.get(port) ?? countCoins(deps, port)
    tallies.set(port, tally)
    return tally
  }

  openLines(deps, lines, hear)
  const saleStop = watchSaleStop(deps, on => {
    for (const line of lines.values()) void line.do({ type: 'on-sale', on })
  })

  return {
    offerVoucher,
    ports: () =>
      [...lines].map(([name, line]) => {
        const status = line.status()
        return { ...status, detail: status.detail || (refusals.get(name) ?? '') }
      }),
    noSale: saleStop.reason,
    async stop() {
      saleStop.stop()
      await Promise.all([...lines.values()].map(line => line.stop()))
      await Promise.all([...tallies.values()].map(tally => tally.idle()))
      await selling.stop()
    },
  }
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
      clock,
      log,
      buses,
      onFact: fact => hear(name, fact),
      onState: notePortChanges({ store, log }, name),
    })
    lines.set(name, opened)
  }
}
