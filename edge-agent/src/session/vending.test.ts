/** The vending session's plain walks: what a customer, a technician and a lender would expect. */
import { describe, expect, test } from 'vitest'
import { VendingWorld } from './testing/vending-world.ts'
import { vendingMachine } from './vending.ts'
import type { VendingState } from './vending-state.ts'

const CREDIT = { orderId: 'o1', amountMinor: 350n, currency: 'CNY', item: '5' }
const COLA = { item: '5', amount: '3.50' }

function started() {
  const world = new VendingWorld()
  while (world.deliverLine());
  return world
}

function kinds(world: VendingWorld): string[] {
  return world.process.disk.events.map(({ draft }) =>
    [draft.kind, draft.fields?.result].filter(Boolean).join(' '),
  )
}

const SOLD = ['sale.requested', 'payment.seen', 'sale.approved', 'sale.result success']

test('scan, then choice', () => {
  const world = started()
  world.scan(CREDIT)
  world.select(COLA)
  world.deliverLine()
  expect(kinds(world)).toEqual(SOLD.slice(0, 3))
  world.dispense(true)
  world.deliverLine()
  expect(kinds(world)).toEqual(SOLD)
  expect(world.process.disk.events.map(event => event.sale)).toEqual([0, 0, 0, 0])
})

test('choice, then scan', () => {
  const world = started()
  world.select(COLA)
  world.deliverLine()
  world.scan(CREDIT)
  world.dispense(true)
  world.deliverLine()
  expect(kinds(world)).toEqual(SOLD)
})

test('the same voucher again buys nothing', () => {
  const world = started()
  for (let i = 0; i < 2; i++) {
    world.scan(CREDIT)
    world.select(COLA)
    while (world.deliverLine());
    world.dispense(true)
    while (world.deliverLine());
  }
  expect(kinds(world)).toEqual(SOLD)
  expect(world.dispensed).toEqual([0])
})

test('the wrong price is refused, and the voucher waits for the right choice', () => {
  const world = started()
  world.scan(CREDIT)
  world.select({ item: '5', amount: '4.00' })
  world.deliverLine()
  expect(kinds(world)).toEqual(['sale.requested', 'sale.refused'])
  world.select(COLA)
  world.deliverLine()
  world.dispense(true)
  world.deliverLine()
  expect(kinds(world)).toEqual(['sale.requested', 'sale.refused', ...SOLD])
})

test('a voucher nobody used is given back unspent', () => {
  const world = started()
  world.scan(CREDIT)
  world.process.fire('match')
  world.select(COLA)
  while (world.deliverLine());
  expect(kinds(world)).toEqual([])
  world.scan(CREDIT)
  expect(kinds(world)).toEqual(SOLD.slice(0, 3))
})

test('power lost between approval and result: presumed', () => {
  const world = started()
  world.select(COLA)
  world.deliverLine()
  world.scan(CREDIT)
  world.process.crash()
  while (world.deliverLine());
  expect(kinds(world)).toEqual(SOLD.slice(0, 3))
  world.process.fire('resolve')
  expect(kinds(world)).toEqual([...SOLD.slice(0, 3), 'sale.result presumed'])
})

test('power lost between approval and result, and the machine still tells: success', () => {
  const world = started()
  world.select(COLA)
  world.deliverLine()
  world.scan(CREDIT)
  world.process.crash()
  world.dispense(true)
  while (world.deliverLine());
  expect(kinds(world)).toEqual(SOLD)
})

test('dispense failed', () => {
  const world = started()
  world.select(COLA)
  world.deliverLine()
  world.scan(CREDIT)
  world.dispense(false)
  while (world.deliverLine());
  expect(kinds(world).at(-1)).toBe('sale.result failed')
})

test('a full disk refuses the sale and sells nothing', () => {
  const world = started()
  world.select(COLA)
  world.deliverLine()
  world.process.disk.nextFate = 'full'
  world.scan(CREDIT)
  expect(kinds(world)).toEqual([])
  expect(world.process.disk.openSales()).toEqual([])
})

describe('answers to a voucher', () => {
  const machine = vendingMachine({ currency: 'CNY' })

  function answer(state: VendingState, credit = CREDIT) {
    return machine
      .step(state, { type: 'voucher', credit }, 0)
      .effects.filter(effect => effect.type === 'answer')
  }

  test('reader not ready', () => {
    expect(answer({ ready: false, phase: 'idle' })).toEqual([
      { type: 'answer', answer: 'machine-down' },
    ])
  })

  test('somebody else is being served', () => {
    expect(answer({ ready: true, phase: 'credit', credit: CREDIT })).toEqual([
      { type: 'answer', answer: 'busy' },
    ])
  })

  test('another currency', () => {
    expect(answer({ ready: true, phase: 'idle' }, { ...CREDIT, currency: 'EUR' })).toEqual([
      { type: 'answer', answer: 'wrong-currency' },
    ])
  })
})
