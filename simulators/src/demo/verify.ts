/**
 * What a lender's auditor does: download the newest sale's proof and the policy, then verify the
 * file with the command, asking the chain itself and no longer the cloud.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tillproof } from './child.ts'
import type { Demo } from './demo.ts'
import { runAnyhow } from './run-to-end.ts'
import { allSales } from './sales.ts'

/** True when the verdict is "anchored and witnessed" (exit code 0). */
export async function verifyNewest(demo: Demo): Promise<boolean> {
  const { api } = demo.actors.lender
  const newest = (await allSales(api)).find(({ state }) => state === 'cleared')
  if (newest === undefined) return false
  const bundle = await download(
    demo,
    `sale-${newest.id}.json`,
    `/api/v1/bundles/sales/${newest.id}`,
  )
  const policy = await download(demo, 'policy.txt', '/api/v1/policy')
  const options = ['--policy', policy, '--rpc', demo.chainRpc, '--json']
  const { exitCode } = await runAnyhow(process.execPath, [
    ...tillproof,
    'verify',
    bundle,
    ...options,
  ])
  return exitCode === 0
}

async function download({ actors, folder }: Demo, name: string, path: string): Promise<string> {
  const file = join(folder.bundles, name)
  mkdirSync(folder.bundles, { recursive: true })
  writeFileSync(file, await actors.lender.api.text(path))
  return file
}
