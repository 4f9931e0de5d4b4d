/**
 * A Qibixx adapter as the machine: it drives peripherals for the host. Two of its parts:
 *
 *   D,2   D,READER,1   D,REQ,1.00,5   D,END,5  D,END,-1      a card terminal, selection first
 *         d,STATUS,RESET | INIT,1 | IDLE | CREDIT,-1 | VEND | RESULT,1,1.00 | RESULT,-1
 *         d,ERR,"-1"   d,ERR,"cashless master is on"
 *   M,1   R,09   R,0C,FFFFFFFF   R,RESET                      any peripheral, block by block
 *         m,ACK   p,ACK   p,NACK   p,0301...
 *
 * 115200 8N1; the host ends a line with LF, the adapter with CRLF. Sources: Qibixx documentation,
 * "Cashless Master", "Generic Master". What they leave open is not asked: `D,END` names the item
 * only from firmware 3.8 on, coin dispensers and file transfers have no example.
 */
import { type Discarded, discard } from '../frame.ts'
import { bytesToHex, hexToBytes, MAX_BLOCK_BYTES } from './frame.ts'

export type MasterLine =
  | { kind: 'reset' | 'idle' | 'waiting' }
  /** There is a terminal; `alwaysIdle`: it takes a request without a card first. */
  | { kind: 'found'; alwaysIdle: boolean }
  /** A card was presented; its credit as decimal text, null where it is not told. */
  | { kind: 'credit'; amount: string | null }
  | { kind: 'result'; approved: string | null }
  | { kind: 'error'; text: string }
  | { kind: 'block'; answer: 'ack' | 'nak' | Uint8Array }
  | { kind: 'master'; known: boolean }

export type MasterCommand =
  | { kind: 'drive-terminal'; mode: 'off' | 'card-first' | 'selection-first' }
  | { kind: 'poll-terminal'; on: boolean }
  | { kind: 'request'; amount: string; item: number }
  | { kind: 'cancel' }
  /** `item`: null for firmware below 3.8. */
  | { kind: 'end'; sold: true; item: number | null }
  | { kind: 'end'; sold: false }
  | { kind: 'drive-bus'; on: boolean }
  | { kind: 'block'; command: number; data: Uint8Array }
  | { kind: 'reset-bus' }

const AMOUNT = /^\d{1,9}(\.\d{1,4})?$/
const SIMPLE = new Map<string | undefined, 'reset' | 'idle' | 'waiting'>([
  ['RESET', 'reset'],
  ['IDLE', 'idle'],
  ['VEND', 'waiting'],
])

/** Reads one line; what the document does not show comes back as `malformed`. */
export function decodeMasterLine(text: string): MasterLine | Discarded {
  const [head, verb, ...fields] = text.split(',')
  const line =
    head === 'd' && verb === 'STATUS'
      ? readStatus(told(fields))
      : head === 'd' && verb === 'ERR' && fields.length > 0
        ? ({ kind: 'error', text: fields.join(',').replaceAll('"', '') } as const)
        : fields.length === 0
          ? readBus(head, verb)
          : undefined
  return line ?? discard('malformed', new TextEncoder().encode(text))
}

/** What follows `#` repeats the terminal's setup. */
function told(fields: string[]): string[] {
  const end = fields.indexOf('#')
  return end === -1 ? fields : fields.slice(0, end)
}

function readStatus([status, first, second, ...more]: string[]): MasterLine | undefined {
  if (more.length > 0) return undefined
  const simple = SIMPLE.get(status)
  if (simple !== undefined) return first === undefined ? { kind: simple } : undefined
  if (status === 'INIT') return { kind: 'found', alwaysIdle: first === '1' }
  if (status === 'CREDIT') return credit(first)
  if (status !== 'RESULT') return undefined
  if (first === '-1' && second === undefined) return { kind: 'result', approved: null }
  if (first !== '1' || second === undefined || !AMOUNT.test(second)) return undefined
  return { kind: 'result', approved: second }
}

function credit(amount: string | undefined): MasterLine | undefined {
  if (amount === '-1') return { kind: 'credit', amount: null }
  return amount !== undefined && AMOUNT.test(amount) ? { kind: 'credit', amount } : undefined
}

function readBus(head: string | undefined, answer: string | undefined): MasterLine | undefined {
  if (head === 'm' && (answer === 'ACK' || answer === 'NACK')) {
    return { kind: 'master', known: answer === 'ACK' }
  }
  if (head !== 'p') return undefined
  if (answer === 'ACK') return { kind: 'block', answer: 'ack' }
  if (answer === 'NACK') return { kind: 'block', answer: 'nak' }
  const bytes = hexToBytes(answer ?? '')
  const isBlock = bytes !== undefined && bytes.length > 0 && bytes.length <= MAX_BLOCK_BYTES
  return isBlock ? { kind: 'block', answer: bytes } : undefined
}

/** Bytes for the adapter, terminator included. Amounts are decimal text, as the adapter wants. */
export function encodeMasterCommand(command: MasterCommand): Uint8Array {
  return new TextEncoder().encode(`${masterText(command)}\n`)
}

const MODES = { off: 0, 'card-first': 1, 'selection-first': 2 } as const

function masterText(command: MasterCommand): string {
  switch (command.kind) {
    case 'drive-terminal':
      return `D,${MODES[command.mode]}`
    case 'poll-terminal':
      return `D,READER,${Number(command.on)}`
    case 'request':
      return `D,REQ,${command.amount},${command.item}`
    case 'cancel':
      return 'D,REQ,-1'
    case 'end':
      if (!command.sold) return 'D,END,-1'
      return command.item === null ? 'D,END' : `D,END,${command.item}`
    case 'drive-bus':
      return `M,${Number(command.on)}`
    case 'block': {
      const data = command.data.length === 0 ? '' : `,${bytesToHex(command.data)}`
      return `R,${bytesToHex(Uint8Array.of(command.command))}${data}`
    }
    case 'reset-bus':
      return 'R,RESET'
  }
}
