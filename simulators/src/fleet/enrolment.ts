/** Enrols a fleet as an installer would, machine by machine, with a one-time code for each. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { enrol } from '@tillproof/edge-agent/enrol/enrol.ts'
import { enrolment } from '@tillproof/shared/api/machines.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Api } from '../demo/api.ts'

const atOnce = 4
const limitPauseMs = 5000
const longestWaitMs = 1_800_000

/** The home folders of the fleet; those without an identity are enrolled first. */
export async function enrolFleet(
  operator: Api,
  folder: string,
  machines: number,
): Promise<string[]> {
  const names = Array.from({ length: machines }, (_, index) => machineName(index))
  const homes = names.map(name => join(folder, name))
  const waiting = names.filter((_, index) => !existsSync(homePaths(homes[index] ?? '').identity))
  const workers = Array.from({ length: atOnce }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      await enrolOne(operator, join(folder, name), name)
    }
  })
  await Promise.all(workers)
  return homes
}

/** The cloud limits how many codes one address may try a minute; a whole fleet comes from one. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += limitPauseMs) {
    try {
      return await attempt()
    } catch (error) {
      const isLimit = error instanceof TillproofError && error.code === 'http.too-many-requests'
      if (!isLimit || waitedMs > longestWaitMs) throw error
      await sleep(limitPauseMs)
    }
  }
}

async function enrolOne(operator: Api, home: string, name: string): Promise<void> {
  const body = { label: `Fleet ${name}`, kind: 'virtual', site: 'Fleet simulator' }
  const slip = await patiently(() => operator.post('/api/v1/enrolments', body, enrolment))
  const options = {
    code: slip.code,
    server: operator.address,
    home,
    kind: 'virtual',
    model: 'Virtual 1',
    controllerSerial: name,
    replace: false,
    clock: systemClock,
    say: () => {},
  }
  await patiently(() => enrol(options))
}

function machineName(index: number): string {
  return `v${String(index + 1).padStart(4, '0')}`
}
