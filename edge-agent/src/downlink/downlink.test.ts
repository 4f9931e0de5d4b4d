/** What comes down is ours and well-formed, or it is discarded with its reason. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDownlink } from './downlink.ts'

const DEVICE = 'd0123456789ab'
const RECEIPT = `tp/v1/d/${DEVICE}/receipt`
const COMMAND = `tp/v1/d/${DEVICE}/command`
const read = (topic: string, text: string) => readDownlink(DEVICE, topic, utf8(text))

describe('messages of ours', () => {
  const resend = { v: 1, type: 'resend', fromIndex: 7 }
  const refused = { v: 1, type: 'refused', code: 'fork', detail: 'seen' }
  const voucher = { v: 1, type: 'voucher', voucher: 'TPV1.a.b' }
  test.each([
    [RECEIPT, 'answer', resend],
    [RECEIPT, 'answer', refused],
    [COMMAND, 'command', voucher],
  ])('%s %s', (topic, kind, message) => {
    expect(read(topic, JSON.stringify(message))).toEqual({ kind, message })
  })
})

describe('everything else is discarded with its reason', () => {
  test.each([
    [RECEIPT, '', 'malformed'],
    [RECEIPT, '{"v":1,"type":"resend","fromIndex":-1}', 'malformed'],
    [RECEIPT, '{"v":1,"type":"resend","fromIndex":1,"more":1}', 'malformed'],
    [COMMAND, '{"v":2,"type":"voucher","voucher":"x"}', 'malformed'],
    [COMMAND, '{"v":1,"type":"reboot"}', 'malformed'],
    [COMMAND, ' '.repeat(16_385), 'too-large'],
    [`tp/v1/d/${DEVICE}/batch`, '{}', 'foreign-topic'],
    ['tp/v1/d/dzzzzzzzzzzzz/command', '{}', 'foreign-topic'],
    ['$SYS/broker', '{}', 'foreign-topic'],
  ])('%s %j', (topic, text, reason) => {
    expect(read(topic, text)).toEqual({ kind: 'discarded', reason })
  })

  test('no bytes make it throw', async () => {
    await fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        expect(readDownlink(DEVICE, RECEIPT, bytes).kind).toBe('discarded')
      }),
    )
  })
})
