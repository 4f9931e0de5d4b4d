/**
 * Carries the journal to the cloud and keeps the receipts. The rules are in window.ts; here they
 * meet the journal, the connection and the clock.
 */
import type { TillproofError } from '@tillproof/shared/errors.ts'
import type { Signer, Verifier } from '@tillproof/shared/note/key.ts'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { topicOf } from '@tillproof/shared/wire/topics.ts'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { readDownlink } from '../downlink/downlink.ts'
import { contradiction } from '../downlink/fork.ts'
import { checkReceipt, type RefusedReceipt } from '../downlink/receipt.ts'
import { describeDeath } from '../journal/death.ts'
import type { DeathReason, Journal, LogDeath } from '../journal/event-store.ts'
import { cutBatch } from './batch.ts'
import { obey } from './commands.ts'
import { type ConnectionOptions, type ConnectionStatus, startConnection } from './connection.ts'
import { keepPromise, type PromiseKeeper, type PromiseStatus } from './log-promise.ts'
import {
  drainPauseMs,
  nextRange,
  type Sending,
  type SendingInput,
  startSending,
  step,
  type WindowSettings,
} from './window.ts'

export type UplinkLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
export type UplinkStatus = {
  connection: ConnectionStatus
  /** Events covered by a receipt that is in the journal. */
  receiptedSize: number
  lastReceiptAtMs: number | null
  /** The cloud's newest refusal, or why we cannot make a batch; gone after the next receipt. */
  refusal: { code: string; detail: string; atMs: number } | null
  /** Receipts that are not the cloud's word, since start. */
  badReceipts: number
  /** Set when cloud and machine hold different histories: nothing but a person can end it. */
  contradiction: DeathReason | null
  /** Whether the cloud logs what it receipted; null where its log's key is not known. */
  promise: PromiseStatus | null
}
export type Uplink = {
  status(): UplinkStatus
  /** A head over this many events is signed and stored. */
  sealed(size: number): void
  /** Resolves true when a receipt covers `size` events, false after `timeoutMs`. */
  receipted(size: number, timeoutMs: number): Promise<boolean>
  stop(): Promise<void>
}
export type UplinkOptions = {
  journal: Journal
  signer: Signer
  /** The machine's own evidence key: what a fork is shown with. */
  ownVerifier: Verifier
  deviceId: string
  receiptVerifier: Verifier
  /** The key of the cloud's log, where the enrolment brought it. */
  logVkey?: string
  broker: Pick<ConnectionOptions, 'host' | 'port' | 'tls'>
  settings: WindowSettings
  clock: Clock
  random(): number
  log: UplinkLog
  /** A voucher that the cloud sends down; whatever the machine answers is its own matter. */
  onVoucher(text: string): void
  /** The cloud asks for the machine's audit; its event is the answer. */
  onAuditOrder?(order: string): void
}

const TICK_MS = 500

type Parts = UplinkOptions & {
  state: Sending
  status: Omit<UplinkStatus, 'connection' | 'promise'>
  promise: PromiseKeeper | undefined
  publish(payload: Uint8Array): Promise<void>
  waiting: Set<() => void>
  isPumping: boolean
  /** Ends the wait for the next batch of a backlog. */
  cancelPause(): void
  isStopped: boolean
}

/** Starts with what the journal has a receipt for. */
export async function startUplink(options: UplinkOptions): Promise<Uplink> {
  const { journal, deviceId, clock } = options
  const receiptedSize = (await journal.newestReceipt())?.size ?? 0
  const sealedSize = (await journal.newestHead())?.size ?? 0
  const parts: Parts = {
    ...options,
    state: { ...startSending(receiptedSize, true), sealed: sealedSize },
    status: { ...NO_NEWS, receiptedSize, contradiction: journal.death()?.reason ?? null },
    publish: payload => connection.publish(topicOf(deviceId, 'batch'), payload),
    promise:
      options.logVkey === undefined ? undefined : await keepPromise(journal, options.logVkey),
    waiting: new Set(),
    isPumping: false,
    cancelPause: () => undefined,
    isStopped: false,
  }
  const connection = startConnection({
    ...options.broker,
    clientId: deviceId,
    topics: [topicOf(deviceId, 'receipt'), topicOf(deviceId, 'command')],
    clock,
    random: options.random,
    onUp: () => apply(parts, { type: 'connected' }),
    onDown: reason => {
      options.log.warn({ reason }, 'connection to the cloud lost')
      apply(parts, { type: 'disconnected' })
    },
    onMessage: (topic, payload) => receive(parts, topic, payload),
  })
  const stopTicking = tickForever(parts)
  return {
    status: () => ({
      ...parts.status,
      connection: connection.status(),
      promise: parts.promise?.status() ?? null,
    }),
    sealed: size => apply(parts, { type: 'sealed', size }),
    receipted: (size, timeoutMs) => waitForReceipt(parts, size, timeoutMs),
    async stop() {
      parts.isStopped = true
      stopTicking()
      parts.cancelPause()
      await connection.stop()
    },
  }
}

const NO_NEWS = { lastReceiptAtMs: null, refusal: null, badReceipts: 0 }

function apply(parts: Parts, input: SendingInput): void {
  parts.state = step(parts.state, input, parts.settings)
  void pump(parts)
}

function tickForever(parts: Parts): () => void {
  let cancel = () => {}
  const tick = () => {
    apply(parts, { type: 'tick', nowMs: parts.clock.monotonicMs() })
    cancel = parts.clock.after(TICK_MS, tick)
  }
  cancel = parts.clock.after(TICK_MS, tick)
  return () => cancel()
}

/** One batch is cut at a time; the rules say when there is nothing more to send. */
async function pump(parts: Parts): Promise<void> {
  // In an ended log, sending on would only add to the proof of a fork; a person has to look first.
  if (parts.isPumping || parts.status.contradiction) return
  parts.isPumping = true
  try {
    while (!parts.isStopped && !parts.status.contradiction) {
      const range = nextRange(parts.state, parts.clock.monotonicMs(), parts.settings)
      if (!range) return pause(parts)
      const { from, end, payload } = await cutBatch(parts.journal, parts.signer, range)
      if (range.from !== parts.state.next || !parts.state.isConnected) continue
      if (parts.status.contradiction) return
      const nowMs = parts.clock.monotonicMs()
      parts.state = step(parts.state, { type: 'sent', from, end, nowMs }, parts.settings)
      parts.log.debug({ from, end, bytes: payload.length }, 'batch sent')
      // A publish that fails is found by its missing receipt or by the broken connection.
      parts.publish(payload).catch(() => undefined)
    }
  } catch (error) {
    if (!parts.isStopped) holdAfterFailure(parts, error)
  } finally {
    parts.isPumping = false
  }
}

/** Comes back when a backlog may go on; the tick alone would be too seldom. */
function pause(parts: Parts): void {
  const pauseMs = drainPauseMs(parts.state, parts.clock.monotonicMs(), parts.settings)
  parts.cancelPause()
  if (pauseMs > 0) parts.cancelPause = parts.clock.after(pauseMs, () => void pump(parts))
}

function holdAfterFailure(parts: Parts, error: unknown): void {
  const { code, message } = error as TillproofError
  parts.log.error({ code, reason: message }, 'a batch could not be made')
  parts.status.refusal = { code, detail: message, atMs: parts.clock.nowMs() }
  const nowMs = parts.clock.monotonicMs()
  parts.state = step(parts.state, { type: 'refused', nowMs }, parts.settings)
}

function receive(parts: Parts, topic: string, payload: Uint8Array): void {
  const downlink = readDownlink(parts.deviceId, topic, payload)
  switch (downlink.kind) {
    case 'discarded':
      parts.log.warn({ topic, reason: downlink.reason }, 'message discarded')
      break
    case 'command':
      obey(parts, downlink.message)
      break
    case 'answer':
      answer(parts, downlink.message).catch(error => holdAfterFailure(parts, error))
      break
  }
}

async function answer(parts: Parts, message: ReceiptMessage): Promise<void> {
  const nowMs = parts.clock.monotonicMs()
  switch (message.type) {
    case 'receipt':
      return keepReceipt(parts, message.note)
    case 'resend':
      parts.log.info({ fromIndex: message.fromIndex }, 'the cloud asks to send again')
      return apply(parts, { type: 'resend', from: message.fromIndex, nowMs })
    case 'refused':
      parts.log.error({ code: message.code, detail: message.detail }, 'the cloud refused a batch')
      parts.status.refusal = {
        code: message.code,
        detail: message.detail,
        atMs: parts.clock.nowMs(),
      }
      apply(parts, { type: 'refused', nowMs })
      return endWhenForked(parts, message.heads ?? [])
  }
}

/** Only a head under our own key that our journal cannot have signed ends the log: words do not. */
async function endWhenForked(parts: Parts, heads: readonly string[]): Promise<void> {
  for (const note of heads) {
    const known = await contradiction(note, parts.journal, parts.ownVerifier)
    if (known === undefined) continue
    return endLog(parts, { reason: 'fork-shown', knownSize: known.size, proof: note })
  }
}

async function keepReceipt(parts: Parts, note: string): Promise<void> {
  const checked = await checkReceipt(note, parts.journal, parts.receiptVerifier)
  if (!checked.ok) return refuseReceipt(parts, note, checked)
  const { size, atMs } = checked.receipt
  if (size > parts.status.receiptedSize) {
    await parts.journal.saveReceipt({ size, note, atMs })
    parts.status = { ...parts.status, receiptedSize: size, refusal: null }
  }
  await parts.promise?.receipt({ size, atMs })
  parts.status.lastReceiptAtMs = parts.clock.nowMs()
  apply(parts, { type: 'receipt', size })
  for (const wake of [...parts.waiting]) wake()
}

async function refuseReceipt(
  parts: Parts,
  note: string,
  { refused, knownSize }: RefusedReceipt,
): Promise<void> {
  parts.log.error({ refused }, 'a receipt was refused')
  if (refused === 'ahead-of-journal' || refused === 'contradicts-journal') {
    return endLog(parts, { reason: refused, knownSize, proof: note })
  }
  parts.status.badReceipts += 1
}

/** At once in memory, then on the medium, so that no later start signs again. */
async function endLog(parts: Parts, found: Omit<LogDeath, 'atMs'>): Promise<void> {
  parts.status.contradiction ??= found.reason
  const death = { ...found, atMs: parts.clock.nowMs() }
  parts.log.error({ reason: found.reason }, describeDeath(death))
  await parts.journal.declareDead(death)
}

function waitForReceipt(parts: Parts, size: number, timeoutMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const finish = (isReceipted: boolean) => {
      parts.waiting.delete(wake)
      cancel()
      resolve(isReceipted)
    }
    const wake = () => parts.status.receiptedSize >= size && finish(true)
    const cancel = parts.clock.after(timeoutMs, () => finish(false))
    parts.waiting.add(wake)
    wake()
  })
}
