/**
 * Where a source is kept without its types: named by the hash of the source, so that what is kept
 * can be missing but never stale.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { root } from './root.mjs'

export const folder = join(root, 'node_modules', '.cache', 'stripped', process.version)

export function placeOf(source) {
  return join(folder, `${hash('sha256', source)}.js`)
}
