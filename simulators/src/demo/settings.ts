/**
 * Choices of the demo that outlive one run: agents remember the broker's address, so its port
 * stays; the dashboard's may move when another program took it.
 */
import { type DataFolder, readJson, writeJson } from './folder.ts'
import { freePort } from './ports.ts'

export type Settings = { seed: number; ports: Ports }
export type Ports = { api: number; mqtt: number; sandbox: number; witness: number }

const wished: Ports = { api: 8080, mqtt: 8883, sandbox: 8090, witness: 8070 }

/** The settings of the last start, with ports that are free now; written down for the next. */
export async function chooseSettings(
  folder: DataFolder,
  wish: { port?: number; seed?: number },
): Promise<Settings> {
  const last = readJson<Settings>(folder.settings)
  const start = wish.port === undefined ? (last?.ports ?? wished) : from(wish.port)
  const taken = new Set<number>()
  const ports = { ...start }
  for (const name of ['api', 'mqtt', 'sandbox', 'witness'] as const) {
    ports[name] = await freePort(start[name], taken)
    taken.add(ports[name])
  }
  const settings = { seed: wish.seed ?? last?.seed ?? 1, ports }
  writeJson(folder.settings, settings)
  return settings
}

/** A wished port moves the others with it, so that two demos do not meet at the same ones. */
function from(api: number): Ports {
  return { api, sandbox: api + 1, witness: api + 2, mqtt: api + 3 }
}
