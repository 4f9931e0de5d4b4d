/** An adapter that is the machine: its lines, the commands for it, a terminal's whole sale. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, hexBytes } from '../testing/samples.ts'
import { decodeMasterLine, encodeMasterCommand, type MasterCommand } from './qibixx-master.ts'
import { stepTerminal, TERMINAL_OFF, type TerminalInput } from './terminal-session.ts'

describe('lines', () => {
  test.each([
    ['d,STATUS,RESET', { kind: 'reset' }],
    ['d,STATUS,INIT,1', { kind: 'found', alwaysIdle: true }],
    ['d,STATUS,INIT,1,#,3,1756,1,2,30,8', { kind: 'found', alwaysIdle: true }],
    ['d,STATUS,INIT,0', { kind: 'found', alwaysIdle: false }],
    ['d,STATUS,IDLE', { kind: 'idle' }],
    ['d,STATUS,VEND', { kind: 'waiting' }],
    ['d,STATUS,CREDIT,-1', { kind: 'credit', amount: null }],
    ['d,STATUS,CREDIT,5.00', { kind: 'credit', amount: '5.00' }],
    ['d,STATUS,RESULT,1,1.50', { kind: 'result', approved: '1.50' }],
    ['d,STATUS,RESULT,-1', { kind: 'result', approved: null }],
    ['d,ERR,"-1"', { kind: 'error', text: '-1' }],
    ['m,ACK', { kind: 'master', known: true }],
    ['p,ACK', { kind: 'block', answer: 'ack' }],
    ['p,NACK', { kind: 'block', answer: 'nak' }],
    ['p,0301', { kind: 'block', answer: hexBytes('03 01') }],
  ])('%s', (text, line) => {
    expect(decodeMasterLine(text)).toEqual(line)
  })

  test.each([
    'd',
    'd,STATUS',
    'd,STATUS,VEND,1',
    'd,STATUS,RESULT,1',
    'd,STATUS,RESULT,1,x',
    'p,0',
  ])('malformed: %s', text => {
    expect(decodeMasterLine(text)).toMatchObject({ reason: 'malformed' })
  })

  test.each<[MasterCommand, string]>([
    [{ kind: 'drive-terminal', mode: 'selection-first' }, 'D,2'],
    [{ kind: 'poll-terminal', on: true }, 'D,READER,1'],
    [{ kind: 'request', amount: '1.00', item: 5 }, 'D,REQ,1.00,5'],
    [{ kind: 'cancel' }, 'D,REQ,-1'],
    [{ kind: 'end', sold: true, item: 5 }, 'D,END,5'],
    [{ kind: 'end', sold: true, item: null }, 'D,END'],
    [{ kind: 'end', sold: false }, 'D,END,-1'],
    [{ kind: 'drive-bus', on: true }, 'M,1'],
    [{ kind: 'block', command: 0x14, data: hexBytes('01') }, 'R,14,01'],
    [{ kind: 'block', command: 0x09, data: new Uint8Array(0) }, 'R,09'],
    [{ kind: 'reset-bus' }, 'R,RESET'],
  ])('%j', (command, text) => {
    expect(encodeMasterCommand(command)).toEqual(ascii(`${text}\n`))
  })

  test('whatever a peripheral answers is heard', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 36 }), answer => {
        const hex = Buffer.from(answer).toString('hex')
        expect(decodeMasterLine(`p,${hex}`)).toEqual({ kind: 'block', answer })
      }),
    )
  })
})

describe('a sale at a terminal', () => {
  function walk(...inputs: (TerminalInput | string)[]) {
    let state = TERMINAL_OFF
    const sent: string[] = []
    const facts: string[] = []
    for (const input of inputs) {
      const step = stepTerminal(state, typeof input === 'string' ? toLine(input) : input)
      state = step.state
      sent.push(...step.commands.map(it => Buffer.from(encodeMasterCommand(it)).toString().trim()))
      facts.push(...step.facts.map(({ kind }) => kind))
    }
    return { state, sent, facts }
  }
  function toLine(text: string): TerminalInput {
    const line = decodeMasterLine(text)
    return line.kind === 'discarded' ? expect.fail(text) : { type: 'line', line }
  }
  const up: (TerminalInput | string)[] = [
    { type: 'opened' },
    'd,STATUS,RESET',
    'd,STATUS,INIT,1',
    'd,STATUS,IDLE',
  ]
  const sell: TerminalInput = { type: 'sell', amount: '1.00', item: 5 }
  const goods = (sold: boolean): TerminalInput => ({ type: 'goods', sold })
  const START = ['D,0', 'D,2', 'D,READER,1', 'D,REQ,1.00,5']

  test.each([
    [true, 'D,END'],
    [false, 'D,END,-1'],
  ])('approved, goods came out: %s', (sold, end) => {
    const paid = ['d,STATUS,VEND', 'd,STATUS,RESULT,1,1.00']
    const walked = walk(...up, sell, ...paid, goods(sold), 'd,STATUS,IDLE')
    expect(walked.sent).toEqual([...START, end])
    expect(walked.facts.slice(1)).toEqual([
      'terminal-ready',
      'approved',
      'settled',
      'terminal-ready',
    ])
    expect(walked.state).toEqual({ phase: 'ready' })
  })

  test.each([
    ['denied', ['d,STATUS,RESULT,-1', 'd,STATUS,IDLE'], START],
    ['another amount', ['d,STATUS,RESULT,1,2.00', 'd,STATUS,IDLE'], [...START, 'D,END,-1']],
    ['no answer but idle', ['d,STATUS,IDLE'], START],
  ])('%s sells nothing', (_name, lines, sent) => {
    const walked = walk(...up, sell, ...lines)
    expect(walked.sent).toEqual(sent)
    expect(walked.facts).toContain('denied')
    expect(walked.state).toEqual({ phase: 'ready' })
  })

  test('approved after it was cancelled: given back', () => {
    const walked = walk(...up, sell, { type: 'cancel' }, 'd,STATUS,RESULT,1,1.00')
    expect(walked.sent.slice(-2)).toEqual(['D,REQ,-1', 'D,END,-1'])
  })

  test('a terminal that goes away with the approval leaves it unsettled, and says so', () => {
    const paid = [sell, 'd,STATUS,RESULT,1,1.00']
    expect(walk(...up, ...paid, 'd,STATUS,RESET').facts.slice(-2)).toEqual([
      'unsettled',
      'terminal-unavailable',
    ])
    expect(walk(...up, ...paid, { type: 'closed' }).facts).toContain('unsettled')
  })

  test('a terminal that wants the card first is refused', () => {
    expect(walk({ type: 'opened' }, 'd,STATUS,INIT,0').facts).toEqual(['terminal-unavailable'])
  })
})
