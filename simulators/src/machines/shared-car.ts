/**
 * A shared car: NMEA on one pseudo-terminal, its I/O box (lock, door, ignition, odometer) over
 * Modbus RTU on another. It drives around a block when somebody drives it.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { loadRegisterMap } from '@tillproof/edge-agent/drivers/register-map.ts'
import { loadMeters, saveMeters } from './meters-file.ts'
import { serveRtu } from './modbus-lines.ts'
import { modbusUnit } from './modbus-unit.ts'
import { openMachinePort } from './pty.ts'
import { nmeaOf, positionOnTrack } from './track.ts'

export type CarPort = 'gps' | 'body'

export type SharedCarOptions = {
  dir: string
  unitId?: number
  /** Metres per second when driven. */
  speed?: number
}

export type SharedCar = {
  ports: Record<CarPort, string>
  isUnlocked(): boolean
  isAttended(): boolean
  odometerMeters(): number
  /**
   * Gets in, drives for a while, gets out. Answers false at once when the car is locked or
   * somebody is in it.
   */
  drive(forMs: number): Promise<boolean>
  unplug(port: CarPort): void
  replug(port: CarPort): void
  stop(): Promise<void>
}

type Contacts = { unlocked: boolean; doorOpen: boolean; ignition: boolean }

const NMEA_EVERY_MS = 1000
/** Opening and closing a door takes a person this long. */
const DOOR_MS = 700

export function startSharedCar(options: SharedCarOptions): SharedCar {
  const { unitId = 1, speed = 12 } = options
  mkdirSync(options.dir, { recursive: true })
  const file = join(options.dir, 'car-meters.json')
  const meters = loadMeters(file, { odometer: 12_000_000 })
  const contacts: Contacts = { unlocked: false, doorOpen: false, ignition: false }
  const stopping = new AbortController()
  let driven = false

  const unit = modbusUnit(loadRegisterMap('shared-car-body'), {
    read(name) {
      if (name === 'odometer') return BigInt(Math.floor(meters.odometer))
      if (name === 'batteryVoltage') return 1264n
      return BigInt(contacts[name as keyof Contacts])
    },
    write(name, raw) {
      if (name === 'unlocked') contacts.unlocked = raw === 1n
    },
  })
  const body = serveRtu({ path: join(options.dir, 'body'), unitId, unit })
  const gps = openMachinePort({ path: join(options.dir, 'gps'), onData: () => undefined })
  const portOf = { gps, body }

  const ticking = setInterval(() => {
    if (contacts.ignition) {
      meters.odometer += (speed * NMEA_EVERY_MS) / 1000
      saveMeters(file, meters)
    }
    const knots = contacts.ignition ? speed * 1.943844 : 0
    gps.write(nmeaOf(positionOnTrack(meters.odometer), systemClock.nowMs(), knots))
  }, NMEA_EVERY_MS)

  const wait = (ms: number) => sleep(ms, undefined, { signal: stopping.signal })

  async function passDoor(): Promise<void> {
    contacts.doorOpen = true
    await wait(DOOR_MS)
    contacts.doorOpen = false
    await wait(DOOR_MS)
  }

  async function driveAway(forMs: number): Promise<void> {
    await passDoor()
    contacts.ignition = true
    await wait(forMs)
    contacts.ignition = false
    await wait(DOOR_MS)
    await passDoor()
  }

  return {
    ports: { gps: gps.path, body: body.path },
    isUnlocked: () => contacts.unlocked,
    isAttended: unit.isAttended,
    odometerMeters: () => Math.floor(meters.odometer),
    async drive(forMs) {
      if (!contacts.unlocked || driven) return false
      driven = true
      await driveAway(forMs).catch(() => undefined)
      driven = false
      return true
    },
    unplug: port => portOf[port].unplug(),
    replug: port => portOf[port].replug(),
    stop() {
      stopping.abort()
      clearInterval(ticking)
      gps.unplug()
      body.unplug()
      return Promise.resolve()
    },
  }
}
