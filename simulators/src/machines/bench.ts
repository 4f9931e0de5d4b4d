/**
 * For tests: one simulated machine with its real drivers and a real journal beside it, without
 * cloud. Vouchers are made with a key of its own.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { noSaleBecause } from '@tillproof/edge-agent/drivers/on-sale.ts'
import {
  type Drivers,
  startDrivers,
  type VoucherAnswer,
} from '@tillproof/edge-agent/drivers/start.ts'
import type { CommittedEvent, Journal } from '@tillproof/edge-agent/journal/event-store.ts'
import { type JournalHost, openJournalHost } from '@tillproof/edge-agent/journal/host.ts'
import { keptParts } from '@tillproof/edge-agent/journal/retention.ts'
import {
  type Machine,
  type MachineSettings,
  machineOf,
  machineSettings,
} from '@tillproof/edge-agent/profile/machine.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { deviceOrigin, parseDeviceId } from '@tillproof/shared/ids.ts'
import { issueVoucher, type Voucher } from '@tillproof/shared/wire/voucher.ts'

const DEVICE = 'd0123456789ab'
const keys = ed25519.generate()
const quiet = () => undefined
const SILENT = { debug: quiet, info: quiet, warn: quiet, error: quiet }

export type VoucherFields = {
  orderId: string
  item: string
  amountMinor: bigint
  /** CNY unless said otherwise. */
  currency?: string
}
export type BenchProcess = { dir: string; config: MachineSettings; voucherKey: string }

export type Bench = {
  dir: string
  /** Events so far, of this run of the drivers and of those before. */
  events: CommittedEvent[]
  /** `kind result` of the events, without ports, meters and positions. */
  sales(): string[]
  /** The same of everything in the journal, also from before; the drivers must run. */
  history(): Promise<string[]>
  drivers(): Drivers
  /** Opens journal and drivers; also after `stopDrivers`. */
  startDrivers(config: MachineSettings): Promise<void>
  stopDrivers(): Promise<void>
  /** What a process of its own needs to run journal and drivers of this bench. */
  forProcess(config: MachineSettings): BenchProcess
  voucher(fields: VoucherFields & { expiresInMs?: number }): string
  /** Offers again while the machine is not ready yet: lines come up in their own time. */
  offer(fields: VoucherFields): Promise<VoucherAnswer>
  close(): Promise<void>
}

/** `parent`: the folder in which the bench makes its own. */
export async function openBench(parent = tmpdir()): Promise<Bench> {
  const dir = await mkdtemp(join(parent, 'tillproof-machine-'))
  const events: CommittedEvent[] = []
  let running: Running | null = null

  async function stopDrivers(): Promise<void> {
    if (running === null) return
    const { host, journal, drivers } = running
    running = null
    await drivers.stop()
    await journal.close()
    await host.close()
  }

  return {
    dir,
    events,
    sales: () => events.map(({ open }) => brief(open)).filter(isOfSale),
    async history() {
      const entries = (await running?.journal.readEntries(0, 10_000)) ?? []
      return entries.map(entry => brief(decodeOpen(keptParts(entry).open))).filter(isOfSale)
    },
    drivers() {
      if (running !== null) return running.drivers
      throw new TillproofError('bench.stopped', 'The drivers do not run.', 'Start them first.')
    },
    async startDrivers(config) {
      running = await runDrivers(dir, config, keys.publicKey, it => events.push(...it))
    },
    stopDrivers,
    forProcess: config => ({ dir, config, voucherKey: toHex(keys.publicKey) }),
    voucher: ({ expiresInMs = 60_000, ...fields }) =>
      issueVoucher(voucherOf(fields, expiresInMs), keys.privateKey),
    async offer(fields) {
      const text = issueVoucher(voucherOf(fields, 60_000), keys.privateKey)
      for (let attempt = 0; attempt < 100; attempt++) {
        const answer = (await running?.drivers.offerVoucher(text)) ?? 'machine-down'
        if (answer !== 'machine-down') return answer
        await sleep(50)
      }
      return 'machine-down'
    },
    async close() {
      await stopDrivers()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** `kind result` */
export function brief(open: OpenEvent): string {
  return open.result === undefined ? open.kind : `${open.kind} ${open.result}`
}

function isOfSale(text: string): boolean {
  return /^(sale|payment|session)\./.test(text)
}

type Running = { host: JournalHost; journal: Journal; drivers: Drivers }

/** Journal and drivers of a machine in `dir`; what is committed is told to `onEvents`. */
export async function runDrivers(
  dir: string,
  config: MachineSettings,
  voucherKey: Uint8Array,
  onEvents: (events: CommittedEvent[]) => void,
): Promise<Running> {
  const host = openJournalHost()
  const journal = await openJournal(host, dir)
  journal.subscribe(onEvents)
  const deps = { store: journal, deviceId: DEVICE, voucherKey }
  const machine = machineIn(dir, config)
  const drivers = startDrivers({
    ...deps,
    machine,
    clock: systemClock,
    log: SILENT,
    auditFolder: join(dir, 'audits'),
    noSaleBecause: () => noSaleBecause(journal, dir),
  })
  return { host, journal, drivers }
}

function machineIn(dir: string, config: MachineSettings): Machine {
  const { machine, faults } = machineOf(machineSettings.parse(config), dir)
  if (machine !== null) return machine
  throw new TillproofError('bench.machine', faults.join('; '), 'Correct the test.')
}

async function openJournal(host: JournalHost, dir: string): Promise<Journal> {
  const origin = deviceOrigin('test.tillproof.local', DEVICE, 1)
  const journal = await host.open({ path: join(dir, 'journal.db'), origin })
  if (journal.size() > 0) return journal
  const genesis = {
    model: 'bench',
    controllerSerial: '1',
    tlsFingerprint: new Uint8Array(32),
    evidenceKey: keys.publicKey,
    agentVersion: '0',
  }
  await journal.append({ events: [{ kind: 'genesis', fields: { genesis } }] })
  return journal
}

function voucherOf(fields: VoucherFields, expiresInMs: number): Voucher {
  const deviceId = parseDeviceId(DEVICE)
  if (deviceId === undefined) {
    throw new TillproofError('bench.device', `${DEVICE} is no device id.`, 'Correct the bench.')
  }
  const expiresAtMs = systemClock.nowMs() + expiresInMs
  return { currency: 'CNY', ...fields, deviceId, expiresAtMs, delivery: 'scanner' }
}

/** Waits until `holds`, or fails with what was waited for. */
export async function until(what: string, holds: () => boolean, withinMs = 15_000): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + withinMs
  while (!holds()) {
    if (systemClock.monotonicMs() > deadlineMs) {
      throw new TillproofError('bench.waited', `Waited in vain: ${what}.`, 'See the test.')
    }
    await sleep(20)
  }
}
