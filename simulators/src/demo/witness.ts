/**
 * The lender's witness: made once with the log's key in its hand, then named in the policy that
 * the cloud publishes by, so that no checkpoint is shown before the lender has cosigned it.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { logStatus } from '@tillproof/shared/api/evidence.ts'
import { z } from 'zod'
import { anonymous } from './api.ts'
import { tillproof } from './child.ts'
import type { Crew } from './crew.ts'
import { type DataFolder, readJson, writeJson } from './folder.ts'
import { witnessPart } from './parts.ts'
import { runToEnd } from './run-to-end.ts'
import type { Settings } from './settings.ts'

const witnessName = 'witness.riverbank.demo'
const made = z.object({ vkey: z.string() })

/** Starts the witness and puts it into the cloud's policy. The cloud has to run. */
export async function seatWitness(
  crew: Crew,
  folder: DataFolder,
  settings: Settings,
): Promise<void> {
  const vkey = await witnessKey(folder, `http://127.0.0.1:${settings.ports.api}`)
  await crew.start(witnessPart(folder, settings))
  const url = `http://127.0.0.1:${settings.ports.witness}`
  const policy = `witness lender ${vkey} ${url}\nquorum lender\n`
  writeFileSync(join(folder.root, 'cloud', 'witnesses.policy'), policy)
}

async function witnessKey(folder: DataFolder, address: string): Promise<string> {
  const file = `${folder.witness}.json`
  const kept = existsSync(file) ? readJson<{ vkey: string }>(file) : undefined
  if (kept !== undefined) return kept.vkey
  const { vkey: log } = await anonymous(address).get('/api/v1/log/status', logStatus)
  const options = ['--dir', folder.witness, '--name', witnessName, '--log-vkey', log, '--json']
  const output = await runToEnd(process.execPath, [...tillproof, 'witness', 'init', ...options])
  const { vkey } = made.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''))
  writeJson(file, { vkey })
  return vkey
}
