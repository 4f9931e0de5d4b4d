/**
 * What to send next, as rules without clock or network; times are monotonic, for wall clocks are
 * set. Events go up in order; a small window of batches may be on their way; only the cloud's
 * receipt moves the base forward. Everything else, a lost message, a broken connection, silence,
 * ends in sending again from the base.
 *
 *   0 ........ base ........ next ........ sealed
 *   receipted   | in flight   | to be sent  |
 */

export type Flight = { from: number; end: number; sentAtMs: number }
export type Sending = {
  isConnected: boolean
  /** Signed and stored up to here: nothing beyond may leave. */
  sealed: number
  /** The cloud has, or says that it has, everything before this index. */
  base: number
  next: number
  inFlight: Flight[]
  lastSentAtMs: number
  /**
   * Set until the cloud has confirmed once since start what it receipted before: only the last
   * event of that size is sent, under its old head. The answer tells whether this journal is the
   * newest copy, before anything new that would make a fork of an older one has left the machine.
   */
  probe: number | undefined
  /** Nothing is sent before this time: after a refusal, or a failure of our own. */
  heldUntilMs: number
  /** In a row, without a receipt between. */
  refusals: number
  timeouts: number
  lastResend: { from: number; atMs: number } | undefined
}

export type SendingInput =
  | { type: 'connected' }
  | { type: 'disconnected' }
  | { type: 'sealed'; size: number }
  | { type: 'sent'; from: number; end: number; nowMs: number }
  | { type: 'receipt'; size: number }
  | { type: 'resend'; from: number; nowMs: number }
  | { type: 'refused'; nowMs: number }
  | { type: 'tick'; nowMs: number }

export type WindowSettings = {
  window: number
  receiptTimeoutMs: number
  /** While a long backlog is sent: no more than this, so that line, disk and cloud have room. */
  drainBatchesPerSecond?: number
}

/** With more than this unsent, the machine is catching up. */
export const LONG_BACKLOG = 512
const DRAIN_BATCHES_PER_SECOND = 5

/** After refusals in a row: 5 s, 10 s, … at most 10 min, because a person must act. */
const HOLD_BASE_MS = 5000
const HOLD_LIMIT_MS = 600_000
/** One lost batch makes the cloud ask once for each batch behind it: the first question counts. */
const RESEND_DEAF_MS = 2000
const TIMEOUT_DOUBLINGS = 4

/** `base`: what the journal has a receipt for; with `probe` it is put to the test first. */
export function startSending(base: number, probe = false): Sending {
  return {
    isConnected: false,
    sealed: base,
    base,
    next: probe && base > 0 ? base - 1 : base,
    inFlight: [],
    lastSentAtMs: Number.NEGATIVE_INFINITY,
    probe: probe && base > 0 ? base : undefined,
    heldUntilMs: 0,
    refusals: 0,
    timeouts: 0,
    lastResend: undefined,
  }
}

export function step(state: Sending, input: SendingInput, settings: WindowSettings): Sending {
  switch (input.type) {
    case 'connected':
      return { ...rewind(state), isConnected: true, timeouts: 0 }
    case 'disconnected':
      return { ...rewind(state), isConnected: false }
    case 'sealed':
      return { ...state, sealed: Math.max(state.sealed, input.size) }
    case 'sent':
      return onSent(state, input)
    case 'receipt':
      return onReceipt(state, input.size)
    case 'resend':
      return onResend(state, input.from, input.nowMs)
    case 'refused':
      return onRefused(state, input.nowMs)
    case 'tick':
      return isOverdue(state, input.nowMs, settings)
        ? { ...rewind(state), timeouts: state.timeouts + 1 }
        : state
  }
}

/** The range to put into a batch now; `upTo` is exclusive and may be cut to what fits. */
export function nextRange(
  state: Sending,
  nowMs: number,
  settings: WindowSettings,
): { from: number; upTo: number } | undefined {
  const maySend = state.isConnected && nowMs >= state.heldUntilMs
  const { probe } = state
  if (probe !== undefined) {
    return maySend && state.next < probe ? { from: probe - 1, upTo: probe } : undefined
  }
  if (!maySend || state.inFlight.length >= settings.window) return undefined
  if (state.next >= state.sealed || drainPauseMs(state, nowMs, settings) > 0) return undefined
  return { from: state.next, upTo: state.sealed }
}

/** How long a machine that is catching up has to wait before its next batch; else 0. */
export function drainPauseMs(state: Sending, nowMs: number, settings: WindowSettings): number {
  if (state.sealed - state.next <= LONG_BACKLOG) return 0
  const spacingMs = 1000 / (settings.drainBatchesPerSecond ?? DRAIN_BATCHES_PER_SECOND)
  return Math.max(0, state.lastSentAtMs + spacingMs - nowMs)
}

function rewind(state: Sending): Sending {
  return { ...state, next: state.probe ? state.probe - 1 : state.base, inFlight: [] }
}

/** A batch built while the window was rewound belongs to the past and is not counted. */
function onSent(
  state: Sending,
  { from, end, nowMs }: { from: number; end: number; nowMs: number },
) {
  if (!state.isConnected || from !== state.next) return state
  const inFlight = [...state.inFlight, { from, end, sentAtMs: nowMs }]
  return { ...state, next: end, inFlight, lastSentAtMs: nowMs }
}

function onReceipt(state: Sending, size: number): Sending {
  const base = Math.max(state.base, size)
  return {
    ...state,
    base,
    next: Math.max(state.next, base),
    probe: undefined,
    inFlight: state.inFlight.filter(({ end }) => end > base),
    heldUntilMs: 0,
    refusals: 0,
    timeouts: 0,
    lastResend: undefined,
  }
}

/** The cloud may also ask for what it had receipted: it may come back from a backup. */
function onResend(state: Sending, from: number, nowMs: number): Sending {
  const last = state.lastResend
  const isEcho = last?.from === from && nowMs - last.atMs < RESEND_DEAF_MS
  if (isEcho || from > state.sealed) return state
  const lastResend = { from, atMs: nowMs }
  return { ...state, base: from, next: from, inFlight: [], probe: undefined, lastResend }
}

function onRefused(state: Sending, nowMs: number): Sending {
  const holdMs = Math.min(HOLD_BASE_MS * 2 ** state.refusals, HOLD_LIMIT_MS)
  return { ...rewind(state), heldUntilMs: nowMs + holdMs, refusals: state.refusals + 1 }
}

function isOverdue(state: Sending, nowMs: number, { receiptTimeoutMs }: WindowSettings): boolean {
  const oldest = state.inFlight[0]
  const patienceMs = receiptTimeoutMs * 2 ** Math.min(state.timeouts, TIMEOUT_DOUBLINGS)
  return oldest !== undefined && nowMs - oldest.sentAtMs >= patienceMs
}
