/** The event stream: order, no gaps, readers that do not keep up, events that are gone. */
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestJournal, testJournal, testReceipt } from '../journal/testing.ts'
import { type StreamSocket, streamEvents } from './stream.ts'

const LOG = { deviceId: 'd0123456789ab', epoch: 1 }

/** A reader whose line may be clogged. */
class Reader extends EventEmitter implements StreamSocket {
  bufferedAmount = 0
  indexes: number[] = []
  texts: string[] = []
  closed: [number, string] | undefined
  send(text: string) {
    this.texts.push(text)
    this.indexes.push(JSON.parse(text).index)
  }
  close(code: number, reason: string) {
    this.closed = [code, reason]
    this.emit('close')
  }
}

let box: TestJournal
beforeEach(async () => {
  box = await testJournal()
})
afterEach(() => box.stop())
const append = () => box.journal.append({ events: [{ kind: 'test' }] })
async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !isTrue(); turn += 1) await new Promise(r => setTimeout(r, 10))
  expect(isTrue()).toBe(true)
}

test('history and what is appended meanwhile come once each, in order', async () => {
  for (let n = 1; n < 500; n += 1) void append()
  await append()
  const reader = new Reader()
  streamEvents(box.journal, LOG, reader, 100)
  for (let n = 0; n < 100; n += 1) void append()
  await append()
  await until(() => reader.indexes.length === 502)
  expect(reader.indexes).toEqual(Array.from({ length: 502 }, (_, n) => n + 100))
})

test('without an index only live events come', async () => {
  await append()
  const reader = new Reader()
  streamEvents(box.journal, LOG, reader, undefined)
  await append()
  await until(() => reader.indexes.length === 1)
  expect(reader.indexes).toEqual([2])
})

test('a live reader that does not keep up is cut off, told where to go on', async () => {
  const reader = new Reader()
  streamEvents(box.journal, LOG, reader, undefined)
  await append()
  reader.bufferedAmount = 2 * 1024 * 1024
  await append()
  await until(() => reader.closed !== undefined)
  expect(reader.closed).toEqual([1013, 'too slow: come back with from=3'])
  await append()
  expect(reader.indexes).toEqual([1, 2])
})

test('what has left the disk is told to be gone', async () => {
  await append()
  await append()
  await box.journal.saveReceipt(testReceipt(2, 0))
  await box.journal.saveReceipt(testReceipt(3, 3_600_000))
  await box.journal.release(3_600_000, 10)
  const reader = new Reader()
  streamEvents(box.journal, LOG, reader, 0)
  await until(() => reader.indexes.length === 3)
  expect(reader.texts[1]).toBe('{"deviceId":"d0123456789ab","epoch":1,"index":1,"gone":true}')
  expect(JSON.parse(reader.texts[2] ?? '')).toMatchObject({ index: 2, kind: 'test' })
})
