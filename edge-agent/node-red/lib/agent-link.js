/**
 * The palette's way to the agent's local API: events come over a WebSocket that is opened again
 * when it breaks, from the index after the last one seen; custom events go out by HTTP.
 */
'use strict'

const WebSocket = require('ws')

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000
const REQUEST_TIMEOUT_MS = 15_000

/**
 * Follows the events of an agent until `close()` of the answer is called.
 * @param {{url: string, token: string}} agent
 * @param {number | undefined} from first index wanted; undefined for live events only
 * @param {{onEvent(event: object): void, onState(state: 'open' | 'lost', reason: string): void}} on
 */
exports.followEvents = (agent, from, on) => {
  let next = from
  let socket
  let timer
  let retryMs = FIRST_RETRY_MS
  let closed = false

  function connect() {
    try {
      socket = new WebSocket(eventsUrl(agent.url, next), {
        headers: { authorization: `Bearer ${agent.token}` },
        handshakeTimeout: REQUEST_TIMEOUT_MS,
      })
    } catch (error) {
      on.onState('lost', error.message)
      return
    }
    let reason = 'closed'
    socket.on('open', () => {
      retryMs = FIRST_RETRY_MS
      on.onState('open', '')
    })
    socket.on('message', data => take(data))
    socket.on('error', error => {
      reason = error.message
    })
    socket.on('close', () => {
      if (closed) return
      on.onState('lost', reason)
      timer = setTimeout(connect, retryMs)
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    })
  }

  function take(data) {
    let event
    try {
      event = JSON.parse(data.toString())
    } catch {
      return
    }
    if (typeof event !== 'object' || event === null || !Number.isSafeInteger(event.index)) return
    next = event.index + 1
    on.onEvent(event)
  }

  connect()
  return {
    close() {
      closed = true
      clearTimeout(timer)
      if (socket) socket.terminate()
    },
  }
}

/**
 * Has the agent sign and keep a custom event.
 * @returns {Promise<{index: number}>} rejects with the agent's own words when it refuses
 */
exports.recordEvent = async (agent, name, detail) => {
  const response = await fetch(new URL('/v1/events', agent.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, detail }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  })
  const body = await response.json().catch(() => ({}))
  if (response.ok) return body
  throw new Error(body.title ? `${body.title} ${body.next}` : `HTTP ${response.status}`)
}

function eventsUrl(url, from) {
  const events = new URL('/v1/events', url)
  events.protocol = events.protocol === 'https:' ? 'wss:' : 'ws:'
  if (from !== undefined) events.searchParams.set('from', String(from))
  return events
}

/**
 * Whether `kind` is asked for by `filter`: kinds separated by commas or spaces, `sale.*` for all
 * that begin so, nothing for everything.
 */
exports.matchesFilter = (filter, kind) => {
  const wanted = String(filter || '')
    .split(/[\s,]+/)
    .filter(Boolean)
  if (wanted.length === 0) return true
  return wanted.some(it => (it.endsWith('*') ? kind.startsWith(it.slice(0, -1)) : it === kind))
}
