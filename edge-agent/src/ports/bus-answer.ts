/** How a request on a Modbus bus ends. Refusals are expected: boxes sleep, lines are cut. */

export type BusRefusal = 'bus-down' | 'timeout' | 'exception' | 'bad-answer' | 'queue-full'
export type BusAnswer<T> =
  | { ok: true; value: T }
  | { ok: false; refused: BusRefusal; detail: string }

export function refuse(refused: BusRefusal, detail: string): BusAnswer<never> {
  return { ok: false, refused, detail }
}
