/**
 * Customers of the three machines: they arrive by a seeded random process, order and pay as anybody
 * with a phone would, and then use the machine. A customer whose machine does not answer goes away;
 * what he paid for is then for the operator to settle, as in life.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { newOrder, type Order, order } from '@tillproof/shared/api/money.ts'
import { type Api, anonymous } from '../demo/api.ts'
import type { MassageChair } from './massage-chair.ts'
import { CAR_OFFERS, CHAIR_OFFERS, CURRENCY, SHELF } from './price-list.ts'
import type { SharedCar } from './shared-car.ts'
import type { VendingMachine } from './vending-machine.ts'

export type Machines = { vending: VendingMachine; chair: MassageChair; car: SharedCar }
export type DeviceIds = Record<keyof Machines, string>

export type CustomersOptions = {
  cloud: string
  devices: DeviceIds
  machines: Machines
  random(): number
  /** Nobody new comes; who is there already finishes. Aborts with `signal` at the latest. */
  closing: AbortSignal
  signal: AbortSignal
  /** Mean time between customers of a machine, in milliseconds. */
  meanWaitMs: number
  /** Told one line for each customer. */
  say(line: string): void
}

type Visit = (street: Street) => Promise<string>
type Street = CustomersOptions & { api: Api }

/** How long a customer is patient with payment company, cloud and machine. */
const PATIENCE_MS = 30_000
const LOOK_EVERY_MS = 150
/** Longer than the scanner takes the same code for the same sighting. */
const RESCAN_MS = 3_500

const VISITS: Record<keyof Machines, Visit> = {
  vending: buyAtVending,
  chair: sitInChair,
  car: driveCar,
}

/** Resolves when `closing` aborts and the customers under way have gone. */
export async function sendCustomers(options: CustomersOptions): Promise<void> {
  const street: Street = { ...options, api: anonymous(options.cloud) }
  const queues = (Object.keys(VISITS) as (keyof Machines)[]).map(name => queueAt(street, name))
  await Promise.all(queues)
}

/** One machine's customers, one after the other, as in a queue before it. */
async function queueAt(street: Street, name: keyof Machines): Promise<void> {
  const { closing, random, meanWaitMs, say } = street
  while (!closing.aborted) {
    const waitMs = Math.min(-Math.log(1 - random()) * meanWaitMs, 10 * meanWaitMs)
    await sleep(waitMs, undefined, { signal: closing }).catch(() => undefined)
    if (closing.aborted) return
    // A machine without its agent shows that it takes no phones now.
    if (!street.machines[name].isAttended()) continue
    const outcome = await VISITS[name](street).catch((error: unknown) => String(error))
    say(`${name}: ${outcome}`)
  }
}

async function buyAtVending(street: Street): Promise<string> {
  const { machines, random } = street
  const slots = Object.keys(SHELF)
  const slot = slots[Math.floor(random() * slots.length)] ?? '1'
  const paid = await pay(street, 'vending', slot, SHELF[slot] ?? 0n, 'scanner')
  const voucher = paid?.voucher
  if (!voucher) return 'went away unpaid'
  const before = machines.vending.vends().length
  const chooseFirst = random() < 0.5
  for (let attempt = 0; attempt < 5; attempt++) {
    if (chooseFirst) machines.vending.select(slot)
    machines.vending.scan(voucher)
    // A person looks at the screen before pressing a key.
    await sleep(200)
    if (!chooseFirst) machines.vending.select(slot)
    const done = () => machines.vending.vends().length > before
    if (await within(RESCAN_MS, street.signal, done)) {
      return `slot ${slot}: ${machines.vending.vends().at(-1)?.result}`
    }
  }
  return `slot ${slot}: paid and left without`
}

async function sitInChair(street: Street): Promise<string> {
  const { chair } = street.machines
  if (chair.isRunning()) return 'taken'
  const offer = pick(CHAIR_OFFERS, street.random)
  if (!(await pay(street, 'chair', offer.item, offer.amountMinor, 'downlink'))) return 'unpaid'
  if (!(await within(PATIENCE_MS, street.signal, chair.isRunning))) return 'paid, did not start'
  await within(Number.POSITIVE_INFINITY, street.signal, () => !chair.isRunning())
  return `${offer.item} over`
}

async function driveCar(street: Street): Promise<string> {
  const { car } = street.machines
  if (car.isUnlocked()) return 'taken'
  const offer = pick(CAR_OFFERS, street.random)
  if (!(await pay(street, 'car', offer.item, offer.amountMinor, 'downlink'))) return 'unpaid'
  if (!(await within(PATIENCE_MS, street.signal, car.isUnlocked))) return 'paid, did not unlock'
  // Returned a little before or a little after the paid time.
  await car.drive(offer.minutes * 60_000 * (0.5 + street.random() * 0.6))
  await within(PATIENCE_MS, street.signal, () => !car.isUnlocked())
  return `${offer.item} over`
}

/** Orders and pays; null when either was refused or took too long. */
async function pay(
  { api, devices, signal }: Street,
  name: keyof Machines,
  item: string,
  amountMinor: bigint,
  delivery: 'scanner' | 'downlink',
): Promise<Order | null> {
  const wish = {
    deviceId: devices[name],
    amountMinor: String(amountMinor),
    currency: CURRENCY,
    item,
    delivery,
  }
  const made = await api.post('/api/v1/orders', newOrder.parse(wish), order)
  const paid = await fetch(made.payUrl, { method: 'POST', signal: AbortSignal.timeout(20_000) })
  if (!paid.ok) return null
  let last = made
  const isPaid = async () => {
    last = await api.get(`/api/v1/orders/${made.id}`, order).catch(() => last)
    return last.state === 'paid'
  }
  return (await within(PATIENCE_MS, signal, isPaid)) ? last : null
}

/** Whether `holds` came true before the patience or the day was over. */
async function within(
  patienceMs: number,
  signal: AbortSignal,
  holds: () => boolean | Promise<boolean>,
): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < patienceMs && !signal.aborted; waitedMs += LOOK_EVERY_MS) {
    if (await holds()) return true
    await sleep(LOOK_EVERY_MS)
  }
  return await holds()
}

function pick<T>(list: readonly [T, ...T[]], random: () => number): T {
  return list[Math.floor(random() * list.length)] ?? list[0]
}
