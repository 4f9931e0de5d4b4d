/**
 * Keeps the sources that an agent runs without their types, and throws away what no source has any
 * more. In place of each type stand as many spaces: lines and columns stay what they are.
 */
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { basename, join } from 'node:path'
import { root } from './root.mjs'
import { folder, placeOf } from './stripped-place.mjs'

const BY_AGENTS = ['{shared,firmware-bridge,edge-agent}/src/**/*.ts', 'simulators/src/cli/*.ts']
const FOR_TESTS = ['**/*.test.ts', '**/testing/**']

try {
  keep(globSync(BY_AGENTS, { cwd: root, exclude: FOR_TESTS }))
} catch (error) {
  process.stderr.write(
    `tillproof: the agent's sources could not be prepared (${error.message})\n` +
      '  next: let this user write to node_modules/.cache; else the agent takes 24 MB more\n',
  )
}

function keep(paths) {
  const sources = paths.map(path => readFileSync(join(root, path)))
  const places = new Map(sources.map(source => [placeOf(source), source]))
  mkdirSync(folder, { recursive: true })
  for (const [place, source] of places) {
    if (!existsSync(place)) write(place, stripTypeScriptTypes(source.toString('utf8')))
  }
  const wanted = new Set([...places.keys()].map(place => basename(place)))
  const outlived = readdirSync(folder).filter(name => name.endsWith('.js') && !wanted.has(name))
  for (const name of outlived) rmSync(join(folder, name), { force: true })
}

/** Whole or not at all: agents may be starting meanwhile. */
function write(place, text) {
  const part = `${place}.${process.pid}`
  writeFileSync(part, text)
  renameSync(part, place)
}
