/**
 * For tests: walks the whole graph of worlds that a model can reach, breadth first, so that the way
 * to a fault is a shortest one. Worlds that differ in nothing that matters have the same key; a
 * graph that closes under it is all interleavings there are, however long.
 */
import { hash } from 'node:crypto'

export type Move<World> = {
  name: string
  to: World
  /** It happens by itself, sooner or later: nobody has to come, and nothing breaks. */
  calm: boolean
}

export type Model<World> = {
  begin: World
  moves(world: World): Move<World>[]
  /** All that may make a difference later, as text. */
  key(world: World): string
  /** What must never be, whatever comes next. */
  faults(world: World): string[]
  /** Nothing is owed: from every world, one of these is reached by calm moves alone. */
  isSettled(world: World): boolean
}

export type Explored = {
  states: number
  edges: number
  /** Empty when all is well; else the first few, each with the moves that lead there. */
  faults: { fault: string; way: string[] }[]
}

const MOST_FAULTS = 3

type Graph = {
  numbers: Map<string, number>
  /** For each state: where it was first reached from, and by which move. */
  from: number[]
  by: string[]
  settled: number[]
  /** Calm edges, as pairs of (to, from). */
  calm: [number, number][]
  edges: number
  faults: Explored['faults']
}

/** Throws nothing: what is wrong comes back. `mostStates` guards a model that does not close. */
export function explore<World>(model: Model<World>, mostStates: number): Explored {
  const graph: Graph = {
    numbers: new Map(),
    from: [],
    by: [],
    settled: [],
    calm: [],
    edges: 0,
    faults: [],
  }
  let frontier = [enter(graph, model, model.begin, -1, 'begin')]
  while (frontier.length > 0 && graph.faults.length < MOST_FAULTS) {
    if (graph.from.length > mostStates) {
      return told(graph, [{ fault: `more than ${mostStates} states`, way: [] }])
    }
    frontier = frontier.flatMap(entered => next(graph, model, entered))
  }
  return told(graph, graph.faults.length > 0 ? graph.faults.slice(0, MOST_FAULTS) : stuck(graph))
}

function told({ from, edges }: Graph, faults: Explored['faults']): Explored {
  return { states: from.length, edges, faults }
}

type Entered<World> = { number: number; world: World; isNew: boolean }

function next<World>(
  graph: Graph,
  model: Model<World>,
  { number, world }: Entered<World>,
): Entered<World>[] {
  return model.moves(world).flatMap(({ name, to, calm }) => {
    graph.edges++
    const entered = enter(graph, model, to, number, name)
    if (calm) graph.calm.push([entered.number, number])
    return entered.isNew ? [entered] : []
  })
}

function enter<World>(
  graph: Graph,
  model: Model<World>,
  world: World,
  from: number,
  by: string,
): Entered<World> {
  const key = hash('sha1', model.key(world), 'base64')
  const known = graph.numbers.get(key)
  if (known !== undefined) return { number: known, world, isNew: false }
  const number = graph.from.push(from) - 1
  graph.by.push(by)
  graph.numbers.set(key, number)
  if (model.isSettled(world)) graph.settled.push(number)
  for (const fault of model.faults(world)) graph.faults.push({ fault, way: wayTo(graph, number) })
  return { number, world, isNew: true }
}

function wayTo({ from, by }: Graph, number: number): string[] {
  const way: string[] = []
  for (let at = number; at > 0; at = from[at] ?? 0) way.unshift(by[at] ?? '')
  return way
}

/** States from which no calm moves lead to a settled one. */
function stuck(graph: Graph): Explored['faults'] {
  const before = new Map<number, number[]>()
  for (const [to, from] of graph.calm) {
    const list = before.get(to)
    if (list === undefined) before.set(to, [from])
    else list.push(from)
  }
  const good = new Set(graph.settled)
  for (const number of good) for (const from of before.get(number) ?? []) good.add(from)
  const bad = [...graph.from.keys()].filter(number => !good.has(number))
  return bad.slice(0, MOST_FAULTS).map(number => {
    return { fault: 'nothing but a stranger could end this', way: wayTo(graph, number) }
  })
}
