/** Reads a cloud's log as any stranger may: over HTTP, tile by tile. */
import { decodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import { entriesPath, TILE_WIDTH } from '@tillproof/shared/merkle/tiles.ts'

/** Entries 0 … size-1 of the log served at `address`. */
export async function readLog(address: string, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = []
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH)
    const path = `/log/${entriesPath({ index, width })}`
    const response = await fetch(new URL(path, address))
    const bytes = new Uint8Array(await response.arrayBuffer())
    entries.push(...(decodeEntryBundle(bytes) ?? []))
  }
  return entries
}
