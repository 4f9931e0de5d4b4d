/**
 * One machine at two places: positions of one log that no vehicle could have come between. A cloned
 * identity, or a receiver that is being lied to. Pure. Two histories at once are a fork, and are
 * found where batches come in.
 */
import type { Position } from '../event/event.ts'

export type Fix = Position & { index: number; atMs: number }
export type Leap = { from: Fix; to: Fix; metres: number; seconds: number }

/** Satellite receivers under a roof are wrong by less. */
const MOST_ERROR_METRES = 5_000
/** 360 km/h. */
const MOST_METRES_PER_SECOND = 100
/** WGS 84's mean radius. */
const EARTH_METRES = 6_371_009

/** @param fixes of one log, by index; a clock that stands or goes back counts as one second */
export function leapsOf(fixes: readonly Fix[]): Leap[] {
  return fixes.slice(1).flatMap((to, n) => {
    const from = fixes[n] ?? to
    const metres = metresBetween(from, to)
    const seconds = Math.max(1, (to.atMs - from.atMs) / 1000)
    const isLeap = metres > MOST_ERROR_METRES && metres > seconds * MOST_METRES_PER_SECOND
    return isLeap ? [{ from, to, metres, seconds }] : []
  })
}

/** Along the sphere (haversine formula), whole metres. */
function metresBetween(a: Position, b: Position): number {
  const radians = (e7: number) => (e7 / 1e7) * (Math.PI / 180)
  const half = (from: number, to: number) => Math.sin(radians(to - from) / 2) ** 2
  const across = Math.cos(radians(a.latitudeE7)) * Math.cos(radians(b.latitudeE7))
  const chord = half(a.latitudeE7, b.latitudeE7) + across * half(a.longitudeE7, b.longitudeE7)
  return Math.round(2 * EARTH_METRES * Math.asin(Math.sqrt(Math.min(1, chord))))
}
