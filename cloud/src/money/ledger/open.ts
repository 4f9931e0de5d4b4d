/** Opens the database of a cloud from its settings, for commands that read the ledger beside it. */
import { existsSync } from 'node:fs'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Config } from '../../config.ts'
import { type Db, openDb } from '../../platform/db/db.ts'
import { urlAs } from '../../platform/db/roles.ts'
import { awaitAddresses } from '../../platform/embedded/embedded.ts'
import { loadOrCreateKeys } from '../../platform/keys.ts'

/** @throws TillproofError `ledger.no-cloud` where no cloud has been started. */
export async function openCloudDb({ database, files }: Config): Promise<Db> {
  if (!existsSync(files.keys) || (database.url === undefined && !existsSync(files.embedded))) {
    throw new TillproofError(
      'ledger.no-cloud',
      `No cloud has been started in ${files.keys}.`,
      'Start it, or name its folder with --data or its settings with --config.',
    )
  }
  const ownerUrl = database.url ?? (await awaitAddresses(files.embedded)).databaseUrl
  const { databasePassword } = await loadOrCreateKeys(files.keys)
  return openDb({
    apiUrl: urlAs(ownerUrl, 'tillproof_api', databasePassword),
    systemUrl: urlAs(ownerUrl, 'tillproof_system', databasePassword),
    acquireTimeoutMs: 5_000,
  })
}
