/**
 * Looks at the network from this gateway: name, port, TLS with the gateway's certificate, clock.
 * Never an MQTT session: the running agent has the only one under its name.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { Identity } from '../enrol/identity.ts'
import { duration, ok, type Tick, tick } from './ticks.ts'

const TIMEOUT_MS = 8000
const CLOCK_WARNING_MS = 5000
const CLOCK_FAILURE_MS = 120_000

export async function nameTick(host: string): Promise<Tick> {
  if (isIP(host)) return ok('name', `${host} is an address`)
  try {
    const { address } = await lookup(host)
    return ok('name', `${host} is ${address}`)
  } catch {
    const next = 'Check the network cable and the DNS server of this gateway.'
    return tick('name', 'failed', `${host} has no address`, next)
  }
}

/** Reaches the broker, checks its certificate, shows ours, and waits whether it is accepted. */
export function brokerTick(identity: Identity): Promise<Tick> {
  const { mqttHost: host, mqttPort: port, tls } = identity
  const place = `${host}:${port}`
  return new Promise(resolve => {
    const socket = connect({
      host,
      port,
      servername: isIP(host) ? '' : host,
      ca: tls.caPem,
      cert: tls.certificatePem,
      key: tls.privateKeyPem,
    })
    const finish = (result: Tick) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(TIMEOUT_MS, () => finish(unreachable(place, 'no answer in time')))
    socket.once('error', error => finish(unreachable(place, error.message)))
    socket.once('secureConnect', () => {
      // With TLS 1.3 a refused client certificate is told only after the handshake.
      const protocol = socket.getProtocol() ?? 'TLS'
      setTimeout(
        () => finish(ok('broker', `${place} reached, ${protocol}, both certificates good`)),
        300,
      )
    })
  })
}

function unreachable(place: string, reason: string): Tick {
  const next = /certificate|alert/i.test(reason)
    ? 'The certificates do not fit each other: ask the platform operator.'
    : 'Check that the firewall lets this port out.'
  return tick('broker', 'failed', `${place}: ${reason}`, next)
}

/** Compares our clock with the cloud's, by the Date header of its API. */
export async function clockTick(server: string, nowMs: () => number): Promise<Tick> {
  const before = nowMs()
  let date: string | null
  try {
    const response = await fetch(new URL('/livez', server), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    date = response.headers.get('date')
  } catch {
    const next = 'Check the network; the clock is checked when the cloud answers.'
    return tick('clock', 'warning', `${server} did not answer`, next)
  }
  const cloudMs = Date.parse(date ?? '')
  if (Number.isNaN(cloudMs)) return tick('clock', 'skipped', `${server} does not tell the time`, '')
  // The header has whole seconds: half of one is the expected error.
  return skewTick(Math.round((before + nowMs()) / 2 - cloudMs - 500))
}

/** The Node-RED editor answers something, if only that it wants its token. */
export async function editorTick(url: string): Promise<Tick> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return ok('Node-RED', `${url} answers`)
  } catch {
    const next = 'It is started again by itself; the agent’s log says why it stopped.'
    return tick('Node-RED', 'failed', `${url} does not answer`, next)
  }
}

/** `skewMs`: how far our clock is ahead. */
export function skewTick(skewMs: number): Tick {
  const size = Math.abs(skewMs)
  if (size < CLOCK_WARNING_MS) return ok('clock', 'agrees with the cloud')
  const detail = `${duration(size)} ${skewMs > 0 ? 'ahead of' : 'behind'} the cloud`
  const state = size < CLOCK_FAILURE_MS ? 'warning' : 'failed'
  return tick('clock', state, detail, 'Set the clock: let NTP run, check the battery.')
}
