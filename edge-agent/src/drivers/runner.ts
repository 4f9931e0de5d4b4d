/**
 * Runs one session machine against the real world: inputs one after another, a commit awaited
 * before anything that follows it, timers, and answers to offered vouchers.
 *
 * A journal that fails leaves the outcome of the append unknown. Then nothing more is told to the
 * machine: the session is dropped and begun again from what the disk says, as after a restart.
 */
import type { Clock } from '../clock.ts'
import type { AppendRequest, EventStore } from '../journal/event-store.ts'
import type { PortLog } from '../ports/port.ts'
import type { CommonInput, Machine, QuickEffect, SavedSale, Step } from '../session/machine.ts'
import type { Credit } from '../session/voucher.ts'
import type { VoucherAnswer } from './drivers.ts'
import { readSavedSale } from './saved-sale.ts'

export type RunnerDeps<Deed> = {
  store: EventStore
  clock: Clock
  log: PortLog
  /** Does one deed on the line. What comes of it comes back as input; it never rejects. */
  perform(deed: Deed): void
}

export type SessionRunner<Input> = {
  /** Queues an input; it is taken when all before it are settled. */
  feed(input: Input): void
  offer(credit: Credit): Promise<VoucherAnswer>
  /** Resolves when no input is waiting. */
  idle(): Promise<void>
  /** Takes no more inputs; resolves when the one under way is settled. */
  stop(): Promise<void>
}

type Queued<Input> = { input: Input | CommonInput; answer?: (answer: VoucherAnswer) => void }

type Run<State, Input, Deed> = {
  machine: Machine<State, Input, Deed>
  deps: RunnerDeps<Deed>
  /** Null while the state on the disk has to be read first. */
  state: State | null
  queue: Queued<Input>[]
  answer: ((answer: VoucherAnswer) => void) | null
  timers: Map<string, () => void>
  working: Promise<void> | null
  stopped: boolean
}

/** Lines talk faster than a dying disk commits; what is beyond this was noise anyway. */
const MAX_QUEUE = 1000
const REBOOT_AFTER_MS = 1_000
const REBOOT = 'runner.reboot'

export function runSession<State, Input, Deed>(
  machine: Machine<State, Input, Deed>,
  deps: RunnerDeps<Deed>,
): SessionRunner<Input> {
  const run: Run<State, Input, Deed> = {
    machine,
    deps,
    state: null,
    queue: [],
    answer: null,
    timers: new Map(),
    working: null,
    stopped: false,
  }
  wake(run)
  return {
    feed: input => enqueue(run, { input }),
    offer: credit =>
      new Promise(answer => enqueue(run, { input: { type: 'voucher', credit }, answer })),
    idle: () => run.working ?? Promise.resolve(),
    stop: () => stop(run),
  }
}

function enqueue<State, Input, Deed>(run: Run<State, Input, Deed>, item: Queued<Input>): void {
  if (run.stopped || run.queue.length >= MAX_QUEUE) {
    item.answer?.('machine-down')
    return
  }
  run.queue.push(item)
  wake(run)
}

function wake<State, Input, Deed>(run: Run<State, Input, Deed>): void {
  run.working ??= work(run).finally(() => {
    run.working = null
    if (run.queue.length > 0 && run.state !== null && !run.stopped) wake(run)
  })
}

async function work<State, Input, Deed>(run: Run<State, Input, Deed>): Promise<void> {
  try {
    if (run.state === null) await boot(run)
    for (let item = run.queue.shift(); item !== undefined && !run.stopped; ) {
      await take(run, item)
      item = run.queue.shift()
    }
  } catch (error) {
    halt(run, error)
  }
}

async function boot<State, Input, Deed>(run: Run<State, Input, Deed>): Promise<void> {
  const saved: SavedSale | null = await readSavedSale(run.deps.store, run.machine.key)
  await settle(run, run.machine.start(saved, run.deps.clock.nowMs()))
}

async function take<State, Input, Deed>(
  run: Run<State, Input, Deed>,
  { input, answer }: Queued<Input>,
): Promise<void> {
  if (run.state === null) return
  run.answer = answer ?? null
  await settle(run, run.machine.step(run.state, input, run.deps.clock.nowMs()))
  // The machines answer every voucher; a missing answer must still not leave the caller waiting.
  giveAnswer(run, 'machine-down')
}

/** Carries out a step, and the steps that its commits bring. */
async function settle<State, Input, Deed>(
  run: Run<State, Input, Deed>,
  first: Step<State, Deed>,
): Promise<void> {
  for (let step: Step<State, Deed> | null = first; step !== null; ) {
    run.state = step.state
    const { effects }: Step<State, Deed> = step
    step = null
    for (const effect of effects) {
      if (effect.type === 'record') step = await commit(run, run.state, effect.request)
      else carryOut(run, effect)
    }
  }
}

async function commit<State, Input, Deed>(
  run: Run<State, Input, Deed>,
  state: State,
  request: AppendRequest,
): Promise<Step<State, Deed>> {
  const result = await run.deps.store.append(request)
  const nowMs = run.deps.clock.nowMs()
  if (!result.ok) {
    return run.machine.step(state, { type: 'not-recorded', reason: result.refused }, nowMs)
  }
  const opening = result.events.find(event => event.draft.sale === 'opens')
  return run.machine.step(state, { type: 'recorded', sale: opening?.index ?? null }, nowMs)
}

function carryOut<State, Input, Deed>(
  run: Run<State, Input, Deed>,
  effect: QuickEffect<Deed>,
): void {
  switch (effect.type) {
    case 'do':
      run.deps.perform(effect.deed)
      break
    case 'answer':
      giveAnswer(run, effect.answer)
      break
    case 'timer':
      setTimer(run, effect.id, effect.afterMs, () =>
        enqueue(run, { input: { type: 'timer', id: effect.id } }),
      )
      break
    case 'cancel':
      run.timers.get(effect.id)?.()
      run.timers.delete(effect.id)
      break
    case 'note':
      run.deps.log.info({ session: run.machine.key }, effect.text)
      break
  }
}

function setTimer<State, Input, Deed>(
  run: Run<State, Input, Deed>,
  id: string,
  afterMs: number,
  fire: () => void,
): void {
  run.timers.get(id)?.()
  const cancel = run.deps.clock.after(afterMs, () => {
    run.timers.delete(id)
    fire()
  })
  run.timers.set(id, cancel)
}

function giveAnswer<State, Input, Deed>(run: Run<State, Input, Deed>, answer: VoucherAnswer): void {
  run.answer?.(answer)
  run.answer = null
}

function halt<State, Input, Deed>(run: Run<State, Input, Deed>, error: unknown): void {
  run.deps.log.error({ session: run.machine.key, err: error }, 'session halted: journal failed')
  giveAnswer(run, 'machine-down')
  for (const item of run.queue.splice(0)) item.answer?.('machine-down')
  cancelTimers(run)
  run.state = null
  if (!run.stopped) setTimer(run, REBOOT, REBOOT_AFTER_MS, () => wake(run))
}

function cancelTimers<State, Input, Deed>(run: Run<State, Input, Deed>): void {
  for (const cancel of run.timers.values()) cancel()
  run.timers.clear()
}

async function stop<State, Input, Deed>(run: Run<State, Input, Deed>): Promise<void> {
  run.stopped = true
  cancelTimers(run)
  for (const item of run.queue.splice(0)) item.answer?.('machine-down')
  await run.working
  cancelTimers(run)
}
