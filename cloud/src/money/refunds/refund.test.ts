/** The states of a refund, as one table: what is heard against what it was. */
import { expect, test } from 'vitest'
import { type Heard, type RefundState, stateAfter } from './refund.ts'

const HEARD: Heard[] = [
  'pending',
  'succeeded',
  'closed',
  'abnormal',
  'rejected',
  'not-there',
  'no-answer',
]

test.each([
  ['requested', 'submitted succeeded refused abnormal refused requested unknown'],
  ['submitted', 'submitted succeeded refused abnormal refused requested unknown'],
  ['unknown', 'submitted succeeded refused abnormal refused requested unknown'],
  ['abnormal', 'submitted succeeded refused abnormal refused abnormal abnormal'],
  ['refused', 'refused succeeded refused refused refused refused refused'],
  ['succeeded', 'succeeded succeeded succeeded succeeded succeeded succeeded succeeded'],
] as [RefundState, string][])('%s becomes %s', (state, expected) => {
  expect(HEARD.map(heard => stateAfter(state, heard))).toEqual(expected.split(' '))
})
