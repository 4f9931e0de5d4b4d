/**
 * Shows the schema that the migrations make, or with `--write` puts it into cloud/db/schema.sql:
 * `node cloud/src/platform/db/dump.ts [--write]`. Uses a database of its own.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { testDatabase } from '../testing.ts'
import { dumpSchema } from './schema.ts'

const FILE = join(import.meta.dirname, '../../../db/schema.sql')

const database = await testDatabase()
const client = new pg.Client({ connectionString: database.url })
await client.connect()
const schema = await dumpSchema(client)
await client.end()
await database.drop()
if (process.argv.includes('--write')) await writeFile(FILE, schema)
else process.stdout.write(schema)
