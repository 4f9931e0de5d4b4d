/**
 * A virtual machine: no lines, but a real journal, a real evidence key and a real MQTT session of
 * its own. Paid by vouchers sent down, it sells at once and reads its meter after each sale.
 */
import { cloudVerifier, startVirtualAgent, type VirtualAgent } from '@tillproof/edge-agent/agent.ts'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import type { Journal } from '@tillproof/edge-agent/journal/event-store.ts'
import type { JournalHost } from '@tillproof/edge-agent/journal/host.ts'
import { openVoucher, type Voucher } from '@tillproof/shared/wire/voucher.ts'

export type VirtualMachine = {
  agent: VirtualAgent
  deviceId: string
  journalPath: string
  /** Sales made since the start of this process. */
  sold(): number
  /** Finishes the sale it is at, then stops its agent. */
  stop(): Promise<void>
}

/** Starts the machine whose agent was enrolled into `home`. */
export async function startVirtualMachine(options: {
  home: string
  host: JournalHost
  random: () => number
}): Promise<VirtualMachine> {
  const paths = homePaths(options.home)
  const sales: Promise<boolean>[] = []
  let sold = 0
  const agent = await startVirtualAgent({
    identityFolder: paths.identity,
    journalPath: paths.journal,
    host: options.host,
    random: options.random,
    onVoucher: text => {
      const sale = serve(agent, text)
      sales.push(sale)
      void sale.then(done => {
        if (done) sold += 1
      })
    },
  })
  return {
    agent,
    deviceId: agent.identity.deviceId,
    journalPath: paths.journal,
    sold: () => sold,
    async stop() {
      await Promise.all(sales)
      await agent.stop()
    },
  }
}

/** True when the voucher bought something here; false when it was refused. */
async function serve({ identity, journal }: VirtualAgent, text: string): Promise<boolean> {
  const { publicKey } = cloudVerifier(identity.voucherVkey, 'voucherVkey')
  const opened = openVoucher(text, publicKey, Date.now(), identity.deviceId)
  return opened.ok && (await sell(journal, opened.voucher))
}

/** One sale in the steps of a machine with lines: approved only when that is on the disk. */
async function sell(journal: Journal, voucher: Voucher): Promise<boolean> {
  const { orderId, amountMinor, currency, item } = voucher
  const price = { amountMinor, currency }
  const approved = await journal.append({
    spendVoucher: orderId,
    events: [
      { kind: 'sale.requested', sale: 'opens', fields: { ...price, item } },
      { kind: 'payment.seen', sale: 'opened', fields: { ...price, orderId } },
      { kind: 'sale.approved', sale: 'opened', fields: price },
    ],
  })
  const opening = approved.ok ? approved.events[0] : undefined
  if (opening === undefined) return false
  await journal.append({
    events: [
      { kind: 'sale.result', sale: opening.index, fields: { ...price, result: 'success' } },
      { kind: 'meter.read', fields: { meters: { log: BigInt(journal.size()) } } },
    ],
  })
  return true
}
