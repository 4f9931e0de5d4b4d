/**
 * The journal's thread: the only place that touches SQLite, so that a slow card's sync never
 * stalls a serial line. Whatever arrived while the last commit was syncing goes into the next one:
 * that is the group commit. One thread serves any number of journals.
 */
import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { appendGroup } from './append.ts'
import type { JournalFile } from './file.ts'
import { closedError, perform } from './operations.ts'
import {
  type Append,
  type AppendAnswer,
  type FromWorker,
  type ToWorker,
  toFault,
} from './protocol.ts'

/** Requests that one transaction may take: bounds how long the first of them waits. */
const GROUP_LIMIT = 512

const journals = new Map<number, JournalFile>()

export function serveJournals(port: NonNullable<typeof parentPort>): void {
  port.on('message', (first: ToWorker) => {
    const waiting: ToWorker[] = [first]
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      waiting.push(next.message)
    }
    for (const messages of splitByJournal(waiting)) {
      for (const step of toSteps(messages)) port.postMessage(runStep(step))
    }
  })
}

/** Journals are independent; within one the order is kept. */
function splitByJournal(messages: ToWorker[]): ToWorker[][] {
  const byJournal = new Map<number, ToWorker[]>()
  for (const message of messages) {
    const own = byJournal.get(message.journal)
    if (own) own.push(message)
    else byJournal.set(message.journal, [message])
  }
  return [...byJournal.values()]
}

type Step = Append[] | Exclude<ToWorker, Append>

/** Neighbouring appends become one group. */
function toSteps(messages: ToWorker[]): Step[] {
  const steps: Step[] = []
  for (const message of messages) {
    const last = steps.at(-1)
    if (message.type !== 'append') steps.push(message)
    else if (Array.isArray(last) && last.length < GROUP_LIMIT) last.push(message)
    else steps.push([message])
  }
  return steps
}

function runStep(step: Step): FromWorker {
  return Array.isArray(step) ? runGroup(step) : runCall(step)
}

function runCall(call: Exclude<ToWorker, Append>): FromWorker {
  try {
    return { type: 'answer', id: call.id, value: perform(journals, call) }
  } catch (error) {
    return { type: 'fault', id: call.id, fault: toFault(error) }
  }
}

function runGroup(group: Append[]): FromWorker {
  const journal = group[0]?.journal ?? -1
  const file = journals.get(journal)
  try {
    if (!file) return failGroup(journal, group, closedError())
    const result = appendGroup(
      file,
      group.map(({ request }) => request),
    )
    const answers = group.map(({ id }, position): AppendAnswer => {
      const outcome = result.outcomes[position]
      if (!outcome) return { id, ok: false, fault: toFault(undefined) }
      return 'fault' in outcome
        ? { id, ok: false, fault: toFault(outcome.fault) }
        : { id, ...outcome }
    })
    return { type: 'committed', journal, size: result.size, answers, events: result.events }
  } catch (error) {
    return failGroup(journal, group, error)
  }
}

/** `size` -1 leaves the caller's knowledge of the size as it is. */
function failGroup(journal: number, group: Append[], error: unknown): FromWorker {
  const answers = group.map(({ id }): AppendAnswer => ({ id, ok: false, fault: toFault(error) }))
  return { type: 'committed', journal, size: -1, answers, events: [] }
}

if (parentPort) serveJournals(parentPort)
