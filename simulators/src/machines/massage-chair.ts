/**
 * A massage chair with a timer box on Modbus TCP: runs for the minutes written to it, counts runs
 * and minutes in meters that survive its process.
 */
import { join } from 'node:path'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { loadRegisterMap } from '@tillproof/edge-agent/drivers/register-map.ts'
import { loadMeters, saveMeters } from './meters-file.ts'
import { serveTcp } from './modbus-lines.ts'
import { modbusUnit } from './modbus-unit.ts'

export type MassageChairOptions = {
  /** Where the meters are kept. */
  dir: string
  /** Wished TCP port, 0 for any. */
  port?: number
  unitId?: number
  /** How long a minute of the box takes: a demo has no time for real ones. */
  minuteMs?: number
}

export type MassageChair = {
  ports: { timer: { host: string; port: number; unitId: number } }
  isRunning(): boolean
  isAttended(): boolean
  meters(): { runs: number; minutes: number }
  /** Cuts and restores the network to the box. */
  unplug(): Promise<void>
  replug(): Promise<void>
  stop(): Promise<void>
}

export async function startMassageChair(options: MassageChairOptions): Promise<MassageChair> {
  const { unitId = 1, minuteMs = 60_000 } = options
  const file = join(options.dir, 'chair-meters.json')
  const meters = loadMeters(file, { runs: 0, minutes: 0 })
  let minutesToRun = 0
  let minutesLeft = 0
  let minuteEndsAtMs = 0
  let cancelMinute = () => {}

  const isRunning = () => minutesLeft > 0

  function begin(): void {
    if (isRunning() || minutesToRun === 0) return
    minutesLeft = minutesToRun
    meters.runs++
    saveMeters(file, meters)
    runMinute()
  }

  function runMinute(): void {
    minuteEndsAtMs = systemClock.monotonicMs() + minuteMs
    cancelMinute = systemClock.after(minuteMs, () => {
      minutesLeft--
      meters.minutes++
      saveMeters(file, meters)
      if (isRunning()) runMinute()
    })
  }

  function secondsRemaining(): number {
    if (!isRunning()) return 0
    const part = Math.max(0, minuteEndsAtMs - systemClock.monotonicMs()) / minuteMs
    return Math.ceil((minutesLeft - 1 + part) * 60)
  }

  const unit = modbusUnit(loadRegisterMap('massage-chair-timer'), {
    read(name) {
      if (name === 'state') return BigInt(isRunning())
      if (name === 'secondsRemaining') return BigInt(secondsRemaining())
      if (name === 'runs') return BigInt(meters.runs)
      if (name === 'minutes') return BigInt(meters.minutes)
      return name === 'minutesToRun' ? BigInt(minutesToRun) : 0n
    },
    write(name, raw) {
      if (name === 'minutesToRun') minutesToRun = Number(raw)
      if (name === 'start' && raw === 1n) begin()
    },
  })
  let server = await serveTcp({ port: options.port ?? 0, unitId, unit })
  const { host, port } = server
  return {
    ports: { timer: { host, port, unitId } },
    isRunning,
    isAttended: unit.isAttended,
    meters: () => ({ ...meters }),
    unplug: () => server.close(),
    async replug() {
      server = await serveTcp({ port, unitId, unit })
    },
    async stop() {
      cancelMinute()
      await server.close()
    },
  }
}
