/** Topics name one device and one purpose. */
import { expect, test } from 'vitest'
import { ALL_BATCHES, parseTopic, TOPIC_KINDS, topicOf } from './topics.ts'

const device = 'd0123456789ab'

test.each(TOPIC_KINDS)('%s goes there and back', kind => {
  expect(topicOf(device, kind)).toBe(`tp/v1/d/d0123456789ab/${kind}`)
  expect(parseTopic(topicOf(device, kind))).toEqual({ device, kind })
})

test('the filter of ingest covers every batch topic', () => {
  expect(ALL_BATCHES).toBe(topicOf('+', 'batch'))
})

test.each([
  '',
  'tp/v1/d/d0123456789ab',
  'tp/v1/d/d0123456789ab/batch/x',
  'tp/v1/d/d0123456789ab/shadow',
  'tp/v1/d/+/batch',
  'tp/v2/d/d0123456789ab/batch',
  '/tp/v1/d/d0123456789ab/batch',
  'tp/v1/d/D0123456789AB/batch',
])('%j is none of ours', topic => {
  expect(parseTopic(topic)).toBeUndefined()
})
