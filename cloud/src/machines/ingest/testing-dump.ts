/**
 * Everything a database holds, as text and bytes that a search can go through: each row of each
 * table as PostgreSQL writes it, and each batch in it decompressed, for else it would hide its
 * content from any search.
 */
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import pg from 'pg'

/** @param url as the owner */
export async function dumpOf(url: string): Promise<Uint8Array> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Row-level security is forced on owners, too; dumping is for those who may pass it.
    await client.query('set role tillproof_system')
    const tables = await client.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
         and has_table_privilege(oid, 'select')`,
    )
    const parts: Uint8Array[] = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`)
      for (const { row } of rows) parts.push(utf8(row), ...bytesIn(row))
    }
    return concat(...parts)
  } finally {
    await client.end()
  }
}

/** The bytea values of a row as they are, and what is compressed in them. */
function bytesIn(row: string): Uint8Array[] {
  return [...row.matchAll(/\\\\x([0-9a-f]+)/g)].flatMap(([, hex = '']) => {
    const bytes = fromHex(hex) ?? new Uint8Array()
    return [bytes, ...decompressed(bytes)]
  })
}

function decompressed(payload: Uint8Array): Uint8Array[] {
  if (payload[0] !== 0x01) return []
  try {
    return [decompress(payload.subarray(1))]
  } catch {
    return []
  }
}
