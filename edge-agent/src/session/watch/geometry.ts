/**
 * Distances on the ground between WGS-84 positions, on a plane that touches the earth nearby: right
 * to a thousandth for places of some kilometres, which is all that a fence or a machine needs.
 */
import type { Position } from '@tillproof/shared/event/event.ts'

/** Metres east and north of some origin. */
type Spot = { east: number; north: number }

const E7 = 10_000_000
const RADIANS = Math.PI / 180
/** WGS 84: half the equator's axis, and the square of the eccentricity. */
const AXIS_METRES = 6_378_137
const ECCENTRICITY_2 = 0.006_694_379_990_141

export function metresBetween(from: Position, to: Position): number {
  const { east, north } = spotOf(from, to)
  return Math.hypot(east, north)
}

/** The mean of nearby positions. */
export function meanOf(positions: readonly Position[]): Position {
  const [first] = positions
  if (first === undefined) return { latitudeE7: 0, longitudeE7: 0 }
  const mean = (of: (position: Position) => number) =>
    Math.round(positions.reduce((sum, position) => sum + of(position), 0) / positions.length)
  const longitudeE7 = first.longitudeE7 + mean(it => degreesEast(first, it) * E7)
  return { latitudeE7: mean(it => it.latitudeE7) + 0, longitudeE7: turned(longitudeE7) + 0 }
}

/** Metres outside a polygon's nearest edge; negative inside. Corners in order, either way round. */
export function metresOutside(corners: readonly Position[], at: Position): number {
  const spots = corners.map(corner => spotOf(at, corner))
  const edges = spots.map(
    (spot, index) => [spot, spots[(index + 1) % spots.length] ?? spot] as const,
  )
  const nearest = Math.min(...edges.map(([from, to]) => metresToEdge(from, to)))
  const crossings = edges.filter(([from, to]) => crossesEastward(from, to)).length
  return crossings % 2 === 1 ? -nearest : nearest
}

/** Where `to` lies as seen from `from`. */
function spotOf(from: Position, to: Position): Spot {
  const latitude = (from.latitudeE7 / E7) * RADIANS
  const bulge = 1 - ECCENTRICITY_2 * Math.sin(latitude) ** 2
  const meridian = (AXIS_METRES * (1 - ECCENTRICITY_2)) / bulge ** 1.5
  const normal = AXIS_METRES / Math.sqrt(bulge)
  const north = ((to.latitudeE7 - from.latitudeE7) / E7) * RADIANS * meridian
  const east = degreesEast(from, to) * RADIANS * normal * Math.cos(latitude)
  return { east, north }
}

/** The short way round. */
function degreesEast(from: Position, to: Position): number {
  return turned(to.longitudeE7 - from.longitudeE7) / E7
}

function turned(longitudeE7: number): number {
  if (longitudeE7 > 180 * E7) return longitudeE7 - 360 * E7
  return longitudeE7 < -180 * E7 ? longitudeE7 + 360 * E7 : longitudeE7
}

/** From the origin to the segment. */
function metresToEdge(from: Spot, to: Spot): number {
  const [east, north] = [to.east - from.east, to.north - from.north]
  const length2 = east ** 2 + north ** 2
  const along = length2 === 0 ? 0 : -(from.east * east + from.north * north) / length2
  const share = Math.min(1, Math.max(0, along))
  return Math.hypot(from.east + share * east, from.north + share * north)
}

/** Whether a ray from the origin to the east meets the edge. */
function crossesEastward(from: Spot, to: Spot): boolean {
  if (from.north > 0 === to.north > 0) return false
  return from.east - (from.north * (to.east - from.east)) / (to.north - from.north) > 0
}
