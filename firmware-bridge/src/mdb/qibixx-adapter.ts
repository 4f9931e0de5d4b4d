/**
 * The adapter's side of qibixx.ts, for simulated adapters: commands as it reads them, lines as it
 * writes them.
 */
import type { AdapterLine, HostCommand } from './qibixx.ts'

/** One line of the host, without its end; undefined for what the adapter does not know. */
export function decodeHostCommand(text: string): HostCommand | undefined {
  switch (text) {
    case 'V':
      return { kind: 'version' }
    case 'C,1':
    case 'C,0':
      return { kind: 'switch', on: text === 'C,1' }
    case 'C,STOP':
      return { kind: 'deny' }
  }
  const [, verb, amount] = /^C,(VEND|START),([\d.]+)(?:,\d+)?$/.exec(text) ?? []
  if (amount === undefined) return undefined
  return { kind: verb === 'VEND' ? 'approve' : 'start', amount }
}

/** The line without its end. */
export function encodeAdapterLine(line: AdapterLine): string {
  switch (line.kind) {
    case 'version':
      return `v,${line.version}`
    case 'switched':
      return `c,${Number(line.on)}`
    case 'status':
      return `c,STATUS,${line.status.toUpperCase()}`
    case 'vend-asked':
      return `c,STATUS,VEND,${line.amount},${line.item}`
    case 'vend-succeeded':
      return 'c,VEND,SUCCESS'
    case 'vend-failed':
      return `c,ERR,VEND ${line.code}`
    case 'error':
      return `c,ERR,${line.text}`
    case 'chatter':
      return line.text
  }
}
