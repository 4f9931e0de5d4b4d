/** The order of a bundle's events: by head, then by index, so that none stands in it twice. */
export type Place = { head: number; index: number }

export function isAfter(event: Place, before: Place | undefined): boolean {
  if (before === undefined || event.head > before.head) return true
  return event.head === before.head && event.index > before.index
}
