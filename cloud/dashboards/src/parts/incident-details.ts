/** What a person reads of an incident's evidence; heads and hashes are for programs. */
import type { Incident } from '@tillproof/shared/api/machines.ts'

export type EventPlace = { epoch: number; index: number; lastIndex: number }

/** Names and values as the machine told them. */
export function toldIn({ detail }: Incident): [string, string][] {
  const shown = Object.entries(detail).filter(([name, value]) => isShown(name, value))
  return shown.map(([name, value]) => [name, String(value)])
}

/** Where the events stand in the machine's log; undefined where the evidence is not an event. */
export function placeIn({ detail }: Incident): EventPlace | undefined {
  const { epoch, index, lastIndex = index } = detail
  const isPlace = [epoch, index, lastIndex].every(Number.isInteger)
  return isPlace
    ? { epoch: Number(epoch), index: Number(index), lastIndex: Number(lastIndex) }
    : undefined
}

export const timesIn = ({ detail }: Incident): number =>
  typeof detail.times === 'number' ? detail.times : 1

const HIDDEN = new Set([
  'event',
  'index',
  'lastIndex',
  'epoch',
  'times',
  'atMs',
  'reason',
  'origin',
])

function isShown(name: string, value: unknown): boolean {
  const isShort = typeof value === 'string' && value.length <= 40 && !value.includes('\n')
  return !HIDDEN.has(name) && (isShort || typeof value === 'number' || typeof value === 'boolean')
}
