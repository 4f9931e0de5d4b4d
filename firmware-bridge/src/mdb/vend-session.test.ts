/** The reader's state machine, walked line by line along the recorded dialogues. */
import { describe, expect, test } from 'vitest'
import { decodeAdapterLine } from './qibixx.ts'
import { stepVend, VEND_OFF, type VendInput, type VendState } from './vend-session.ts'

function walk(inputs: (VendInput | string)[]) {
  let state: VendState = VEND_OFF
  const commands: unknown[] = []
  const facts: unknown[] = []
  for (const input of inputs) {
    const step = stepVend(state, typeof input === 'string' ? toLine(input) : input)
    state = step.state
    commands.push(...step.commands)
    facts.push(...step.facts)
  }
  return { state, commands, facts }
}

function toLine(text: string): VendInput {
  const line = decodeAdapterLine(text)
  if (line.kind === 'discarded') throw new TypeError(`not a line: ${text}`)
  return { type: 'line', line }
}

const START: (VendInput | string)[] = [
  { type: 'opened' },
  'c,STATUS,INACTIVE',
  'c,1',
  'c,STATUS,DISABLED',
  'c,STATUS,ENABLED',
]
const UP = [
  { kind: 'reader-unavailable', reason: 'inactive' },
  { kind: 'reader-unavailable', reason: 'disabled' },
  { kind: 'reader-ready' },
]
const ASKED = { kind: 'vend-asked', ask: 1, amount: '1.00', item: '5' }
const ON = [{ kind: 'version' }, { kind: 'switch', on: true }]

test('always idle, success', () => {
  const walked = walk([
    ...START,
    'c,STATUS,VEND,1.00,5',
    { type: 'approve', ask: 1 },
    'r,ACK',
    'c,VEND,SUCCESS',
    'c,STATUS,IDLE',
    'c,STATUS,ENABLED',
  ])
  expect(walked.facts).toEqual([...UP, ASKED, { kind: 'vend-result', result: 'success' }])
  expect(walked.commands).toEqual([...ON, { kind: 'approve', amount: '1.00' }])
  expect(walked.state).toEqual({ phase: 'ready', asks: 1 })
})

test('always idle, dispense failed', () => {
  const walked = walk([
    ...START,
    'c,STATUS,VEND,1.00,5',
    { type: 'approve', ask: 1 },
    'c,ERR,VEND 3',
  ])
  expect(walked.facts.at(-1)).toEqual({ kind: 'vend-result', result: 'failed', code: '3' })
})

test('always idle, denied', () => {
  const walked = walk([...START, 'c,STATUS,VEND,1.00,5', { type: 'deny', ask: 1 }])
  expect(walked.commands.at(-1)).toEqual({ kind: 'deny' })
  expect(walked.state).toEqual({ phase: 'ready', asks: 1 })
})

test('credit first, then the choice', () => {
  const credit: VendInput = { type: 'credit', amount: '5.00' }
  const walked = walk([
    ...START,
    credit,
    'c,STATUS,VEND,1.00,5',
    credit,
    { type: 'approve', ask: 1 },
    'c,VEND,SUCCESS',
    { type: 'credit', amount: null },
  ])
  expect(walked.commands).toEqual([
    ...ON,
    { kind: 'start', amount: '5.00' },
    { kind: 'approve', amount: '1.00' },
    { kind: 'deny' },
  ])
  expect(walked.facts.at(-1)).toEqual({ kind: 'vend-result', result: 'success' })
})

describe('what the machine leaves untold', () => {
  test('a request that goes away is cancelled', () => {
    const walked = walk([...START, 'c,STATUS,VEND,1.00,5', 'c,STATUS,IDLE'])
    expect(walked.facts.slice(-2)).toEqual([
      { kind: 'vend-cancelled', ask: 1 },
      { kind: 'reader-ready' },
    ])
  })

  test.each(['c,STATUS,INACTIVE', 'c,STATUS,IDLE', 'c,STATUS,VEND,2.00,6', 'c,0'])(
    'an approved vend followed by %s is presumed',
    text => {
      const walked = walk([...START, 'c,STATUS,VEND,1.00,5', { type: 'approve', ask: 1 }, text])
      expect(walked.facts).toContainEqual({ kind: 'vend-result', result: 'presumed' })
    },
  )

  test('a request said twice is one, before and after its approval', () => {
    const asked = 'c,STATUS,VEND,1.00,5'
    const approve: VendInput = { type: 'approve', ask: 1 }
    const walked = walk([
      ...START,
      asked,
      asked,
      approve,
      asked,
      'c,VEND,SUCCESS',
      'c,STATUS,IDLE',
      asked,
    ])
    expect(walked.facts.slice(3)).toEqual([
      ASKED,
      { kind: 'vend-result', result: 'success' },
      { ...ASKED, ask: 2 },
    ])
  })

  test('a decision about an earlier request does not touch the present one', () => {
    const walked = walk([
      ...START,
      'c,STATUS,VEND,1.00,5',
      'c,STATUS,IDLE',
      'c,STATUS,VEND,9.00,6',
      { type: 'approve', ask: 1 },
    ])
    expect(walked.commands).toEqual(ON)
    expect(walked.state).toEqual({ phase: 'asked', asks: 2, amount: '9.00', item: '6' })
  })

  test('a line that closes takes the request with it, but not the approved vend', () => {
    const asked = walk([...START, 'c,STATUS,VEND,1.00,5', { type: 'closed' }])
    expect(asked.facts.slice(-2)).toEqual([
      { kind: 'vend-cancelled', ask: 1 },
      { kind: 'reader-unavailable', reason: 'port closed' },
    ])
    const approve: VendInput = { type: 'approve', ask: 1 }
    const approved = walk([...START, 'c,STATUS,VEND,1.00,5', approve, { type: 'closed' }])
    expect(approved.facts.at(-1)).toEqual({ kind: 'reader-unavailable', reason: 'port closed' })
  })

  test('an approval that could not be sent sold nothing', () => {
    const asked = [...START, 'c,STATUS,VEND,1.00,5', { type: 'approve', ask: 1 } as const]
    const walked = walk([...asked, { type: 'unsent', ask: 1 }])
    expect(walked.facts.at(-1)).toEqual({ kind: 'vend-result', result: 'failed', code: 'unsent' })
    const late = walk([...asked, 'c,VEND,SUCCESS', { type: 'unsent', ask: 1 }])
    expect(late.facts.at(-1)).toEqual({ kind: 'vend-result', result: 'success' })
  })

  test.each(['c,VEND,SUCCESS', 'c,ERR,VEND 3'])(
    '%s of an earlier vend does not answer a request that nobody approved',
    text => {
      const walked = walk([...START, 'c,STATUS,VEND,1.00,5', text, { type: 'approve', ask: 1 }])
      expect(walked.facts).toEqual([...UP, ASKED])
      expect(walked.commands.at(-1)).toEqual({ kind: 'approve', amount: '1.00' })
    },
  )

  test('approve and deny are only heard while asked', () => {
    expect(
      walk([...START, { type: 'approve', ask: 1 }, { type: 'deny', ask: 1 }]).commands,
    ).toEqual(ON)
  })
})

test('a reader left on by an earlier run is ready at once, and its old request denied', () => {
  const walked = walk([{ type: 'opened' }, 'c,ERR,"cashless is on"'])
  expect(walked.facts).toEqual([{ kind: 'reader-ready' }])
  expect(walked.commands).toEqual([...ON, { kind: 'deny' }])
})

test('a reader that the machine disabled is not ready because it is on', () => {
  const walked = walk([{ type: 'opened' }, 'c,STATUS,DISABLED', 'c,ERR,"cashless is on"'])
  expect(walked.facts).toEqual([{ kind: 'reader-unavailable', reason: 'disabled' }])
})

test('a reader that lost its power is switched on again', () => {
  const walked = walk([...START, 'c,ERR,"cashless is off"'])
  expect(walked.commands.at(-1)).toEqual({ kind: 'switch', on: true })
})

describe('when whoever decides begins anew', () => {
  test.each([
    ['asked', [{ kind: 'vend-asked', ask: 4, amount: '3.50', item: '5' }]],
    ['approved', [{ kind: 'reader-vending' }]],
  ] as const)('a reader in the phase %s says so', (phase, facts) => {
    const state = { phase, asks: 4, amount: '3.50', item: '5' }
    expect(stepVend(state, { type: 'report' })).toEqual({ state, commands: [], facts })
  })

  test('a ready reader says so', () => {
    const state = { phase: 'ready', asks: 4 } as const
    expect(stepVend(state, { type: 'report' }).facts).toEqual([{ kind: 'reader-ready' }])
  })
})

test('an outcome that is not waited for any more makes room for the next request', () => {
  const approved = { phase: 'approved', asks: 4, amount: '3.50', item: '5' } as const
  const { state } = stepVend(approved, { type: 'forget' })
  const line = { kind: 'vend-asked', amount: '3.50', item: '5' } as const
  expect(stepVend(state, { type: 'line', line }).facts).toMatchObject([{ kind: 'vend-asked' }])
})

test('a reader that tells an outcome is there, though its status was not heard', () => {
  const line = { kind: 'vend-succeeded' } as const
  const { facts } = stepVend({ phase: 'starting', asks: 0 }, { type: 'line', line })
  expect(facts).toEqual([{ kind: 'vend-result', result: 'success' }, { kind: 'reader-ready' }])
})
