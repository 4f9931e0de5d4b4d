/**
 * Loaded before the agent, and in each of its threads: hands our sources to Node without their
 * types where they are kept so; the others Node strips itself, at the price of memory only.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { root } from './root.mjs'
import { placeOf } from './stripped-place.mjs'

const ours = `${pathToFileURL(root)}/`

registerHooks({
  load(url, context, next) {
    const source = url.startsWith(ours) && url.endsWith('.ts') ? keptSource(url) : undefined
    return source === undefined
      ? next(url, context)
      : { format: 'module', source, shortCircuit: true }
  },
})

function keptSource(url) {
  try {
    return readFileSync(placeOf(readFileSync(fileURLToPath(url))), 'utf8')
  } catch {
    return undefined
  }
}
