/** Enrols a fleet as an installer would, machine by machine, with a one-time code for each. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { enrol } from '@tillproof/edge-agent/enrol/enrol.ts'
import { enrolment } from '@tillproof/shared/api/machines.ts'
import type { Api } from '../demo/api.ts'

const atOnce = 4

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

async function enrolOne(operator: Api, home: string, name: string): Promise<void> {
  const body = { label: `Fleet ${name}`, kind: 'virtual', site: 'Fleet simulator' }
  const { code } = await operator.post('/api/v1/enrolments', body, enrolment)
  await enrol({
    code,
    server: operator.address,
    home,
    kind: 'virtual',
    model: 'Virtual 1',
    controllerSerial: name,
    replace: false,
    clock: systemClock,
    say: () => {},
  })
}

function machineName(index: number): string {
  return `v${String(index + 1).padStart(4, '0')}`
}
