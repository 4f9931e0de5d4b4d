/** The serial ports of this gateway, each by the path that survives a reboot. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import { realPath } from './holders.ts'
import type { UsbIds } from './known-usb.ts'

export type ListedPort = {
  path: string
  /** Under /dev/serial/by-id; null for lines that have no such name. */
  stablePath: string | null
  usb: UsbIds | null
}

const BY_ID = '/dev/serial/by-id'

/**
 * USB adapters and what `named` adds; the board's own UARTs (ttyS…) only when named, for most of
 * them lead nowhere.
 */
export async function listPorts(named: readonly string[]): Promise<ListedPort[]> {
  const found = (await SerialPort.list()).filter(({ vendorId }) => vendorId !== undefined)
  const usb = found.map(port => ({
    path: port.path,
    usb: {
      vendorId: port.vendorId ?? '',
      productId: port.productId ?? '',
      manufacturer: port.manufacturer ?? null,
      serialNumber: port.serialNumber ?? null,
    },
  }))
  const known = new Set(usb.map(({ path }) => path))
  const others = named.filter(path => !known.has(realPath(path)))
  const links = stableLinks()
  return [...usb, ...others.map(path => ({ path, usb: null }))].map(port => ({
    ...port,
    stablePath: links.get(port.path) ?? null,
  }))
}

function stableLinks(): Map<string, string> {
  try {
    const links = readdirSync(BY_ID).map(name => join(BY_ID, name))
    return new Map(links.map(link => [realPath(link), link]))
  } catch {
    return new Map()
  }
}
