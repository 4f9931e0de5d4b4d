/** Lines of a listening adapter: each form of its document, order, and whatever else arrives. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, hexBytes } from '../testing/samples.ts'
import { reorderBlocks } from './reorder.ts'
import { decodeSniffLine, encodeListening, encodeSniffLine, type Sniffed } from './sniff-line.ts'

describe('lines', () => {
  test.each([
    [
      'x,00,0006528766,12,',
      {
        from: 'master',
        atTenthMs: 6_528_766,
        says: 'command',
        command: 0x12,
        data: new Uint8Array(0),
      },
    ],
    [
      'x,00,0006532052,11,01ffff0000',
      {
        from: 'master',
        atTenthMs: 6_532_052,
        says: 'command',
        command: 0x11,
        data: hexBytes('01 FF FF 00 00'),
      },
    ],
    [
      'x,80,0006531012,0103175601021e00',
      {
        from: 'peripheral',
        atTenthMs: 6_531_012,
        says: 'data',
        data: hexBytes('01 03 17 56 01 02 1E 00'),
      },
    ],
    ['x,80,0006527730,ACK', { from: 'peripheral', atTenthMs: 6_527_730, says: 'ack' }],
    ['x,00,0006528848,ACK', { from: 'master', atTenthMs: 6_528_848, says: 'ack' }],
    ['x,81,0006528848,05', { from: 'peripheral', atTenthMs: 6_528_848, says: 'damaged' }],
  ])('%s', (text, block) => {
    expect(decodeSniffLine(text)).toEqual({ kind: 'sniffed', block })
  })

  test('listening begins', () => {
    expect(decodeSniffLine('x,ACK')).toEqual({ kind: 'listening', on: true })
    expect(encodeListening(true)).toEqual(ascii('X,1\n'))
  })

  test.each([
    '',
    'x',
    'x,00',
    'x,00,,12,',
    'x,0,0006528766,12,',
    'x,00,0006528766,1,',
    'x,00,0006528766,1200,',
    'x,00,0006528766,12,0',
    'x,80,0006528766,',
    'x,80,0006528766,05,00',
    'x,00,00065287660000,12,',
    `x,00,0006528766,13,${'00'.repeat(40)}`,
    'c,STATUS,IDLE',
  ])('malformed: %s', text => {
    expect(decodeSniffLine(text)).toMatchObject({ kind: 'discarded', reason: 'malformed' })
  })

  const bytes = fc.uint8Array({ minLength: 1, maxLength: 35 })
  const atTenthMs = fc.integer({ min: 0, max: 9_999_999_999 })
  const block: fc.Arbitrary<Sniffed> = fc.oneof(
    fc.record({
      from: fc.constant('master' as const),
      says: fc.constant('command' as const),
      command: fc.integer({ min: 0, max: 255 }),
      data: fc.uint8Array({ maxLength: 35 }),
      atTenthMs,
    }),
    fc.record({
      from: fc.constant('peripheral' as const),
      says: fc.constant('data' as const),
      data: bytes,
      atTenthMs,
    }),
    fc.record({
      from: fc.constantFrom('master' as const, 'peripheral' as const),
      says: fc.constantFrom('ack' as const, 'nak' as const, 'ret' as const, 'damaged' as const),
      atTenthMs,
    }),
  )

  test('whatever is written is read back', () => {
    fc.assert(
      fc.property(block, written => {
        expect(decodeSniffLine(encodeSniffLine(written))).toEqual({
          kind: 'sniffed',
          block: written,
        })
      }),
    )
  })
})

describe('order', () => {
  const at = (atTenthMs: number): Sniffed => ({ from: 'master', says: 'ack', atTenthMs })
  const times = (blocks: Sniffed[]) => blocks.map(block => block.atTenthMs)

  test('an answer told before its question comes after it', () => {
    const order = reorderBlocks()
    expect(times([...order.push(at(7730)), ...order.push(at(7672))])).toEqual([])
    expect(times(order.push(at(8766)))).toEqual([7672, 7730])
    expect(times(order.flush())).toEqual([8766])
  })

  test('an adapter that begins anew gives up what it held first', () => {
    const order = reorderBlocks()
    order.push(at(90_000))
    expect(times(order.push(at(100)))).toEqual([90_000])
    expect(times(order.flush())).toEqual([100])
  })

  test('never holds more than its cap', () => {
    const order = reorderBlocks()
    for (let i = 0; i < 2000; i++) {
      order.push(at(1000))
      expect(order.held()).toBeLessThanOrEqual(256)
    }
  })

  test('whatever is told a little out of order is given in order, once', () => {
    const jitter = fc.array(fc.tuple(fc.nat(60), fc.nat(400)), { maxLength: 80 })
    fc.assert(
      fc.property(jitter, steps => {
        let clock = 1000
        const told = steps
          .map(([pause, late]) => {
            clock += pause
            return { block: at(clock), heardAt: clock + late }
          })
          .sort((a, b) => a.heardAt - b.heardAt)
        const order = reorderBlocks()
        const given = [...told.flatMap(({ block }) => order.push(block)), ...order.flush()]
        expect(times(given)).toEqual(times(told.map(it => it.block)).sort((a, b) => a - b))
      }),
    )
  })
})
