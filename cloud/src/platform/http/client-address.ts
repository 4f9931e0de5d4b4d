/**
 * Who asks, as far as a network can say, for limits that count by it. An IPv6 subscriber is given a
 * /64 at least (RFC 6177), so all addresses in it are one client; an IPv4 address that came in by
 * IPv6 is itself (RFC 4291, section 2.5.5.2).
 */
import { isIPv6 } from 'node:net'
import type { Request } from 'express'

const NETWORK_GROUPS = 4
const GROUPS = 8

export function clientAddress({ ip = '' }: Pick<Request, 'ip'>): string {
  const plain = ip.replace(/^::ffff:(?=[\d.]+$)/i, '')
  return isIPv6(plain) ? `${networkOf(plain)}::/64` : plain
}

/** The first four groups, written without leading zeros. */
function networkOf(ip: string): string {
  const [head = '', tail = ''] = ip.replace(/%.*$/, '').toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const missing = Math.max(0, GROUPS - before.length - after.length)
  return [...before, ...Array<string>(missing).fill('0'), ...after]
    .slice(0, NETWORK_GROUPS)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
