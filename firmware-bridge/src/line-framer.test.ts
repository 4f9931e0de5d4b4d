/** The six framer tests for text lines, and the cap under any input. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineFramer } from './line-framer.ts'
import { ascii } from './testing/samples.ts'

const line = (text: string) => ({ kind: 'line', text })

test('one line', () => {
  expect(lineFramer({ maxBytes: 64 }).push(ascii('c,VEND,SUCCESS\r\n'))).toEqual([
    line('c,VEND,SUCCESS'),
  ])
})

test('two lines in one chunk, whatever ends them', () => {
  expect(lineFramer({ maxBytes: 64 }).push(ascii('c,1\r\nr,ACK\nv,4\r'))).toEqual([
    line('c,1'),
    line('r,ACK'),
    line('v,4'),
  ])
})

test('a line split anywhere', () => {
  const text = 'c,STATUS,VEND,1.00,5\r\n'
  for (let at = 0; at <= text.length; at++) {
    const framer = lineFramer({ maxBytes: 64 })
    const frames = [...framer.push(ascii(text.slice(0, at))), ...framer.push(ascii(text.slice(at)))]
    expect(frames).toEqual([line('c,STATUS,VEND,1.00,5')])
  }
})

test('noise makes its line data to look at, and the next line is whole', () => {
  const framer = lineFramer({ maxBytes: 64 })
  expect(framer.push(Uint8Array.of(0x63, 0xff, 0x31, 0x0a, 0x63, 0x2c, 0x31, 0x0a))).toEqual([
    { kind: 'discarded', reason: 'noise', bytes: Uint8Array.of(0x63, 0xff, 0x31) },
    line('c,1'),
  ])
})

test('a line that never ends is truncated by silence', () => {
  const framer = lineFramer({ maxBytes: 64 })
  expect(framer.push(ascii('c,STA'))).toEqual([])
  expect(framer.flush()).toEqual([
    { kind: 'discarded', reason: 'truncated', bytes: ascii('c,STA') },
  ])
  expect(framer.flush()).toEqual([])
})

test('oversize is given up to the end of the line', () => {
  const framer = lineFramer({ maxBytes: 4 })
  expect(framer.push(ascii('123456789\r\nc,1\r\n'))).toEqual([
    { kind: 'discarded', reason: 'oversize', bytes: ascii('1234') },
    line('c,1'),
  ])
})

test('never keeps more than its cap', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), chunks => {
      const framer = lineFramer({ maxBytes: 16 })
      for (const chunk of chunks) {
        framer.push(chunk)
        expect(framer.bufferedBytes()).toBeLessThanOrEqual(16)
      }
    }),
  )
})
