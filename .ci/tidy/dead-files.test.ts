/** No room without a door: every file is reached from a command, a page, a tool or a test. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { referencesOf, root, sources } from './sources.ts'

/** Where programs outside this repository come in: npm, Vite, vitest, Node-RED, a browser. */
const entries = [
  /^simulators\/bin\/[^/]+\.mjs$/,
  /^vitest\.config\.ts$/,
  /\/vite\.config\.ts$/,
  /^\.ci\/[^/]+\.ts$/,
  /^cloud\/contracts\/compile\.ts$/,
  /^cloud\/dashboards\/index\.html$/,
  /^edge-agent\/node-red\/package\.json$/,
  /\.test\.tsx?$/,
  /\.d\.ts$/,
]
const pages = ['cloud/dashboards/index.html', 'edge-agent/node-red/package.json']

test('every file is reached from an entry or a test', () => {
  const texts = new Map(sources.map(({ path, text }) => [path, text]))
  for (const page of pages) {
    if (existsSync(join(root, page))) texts.set(page, readFileSync(join(root, page), 'utf8'))
  }
  const reached = reach(texts)
  expect(sources.map(({ path }) => path).filter(path => !reached.has(path))).toEqual([])
})

function reach(texts: Map<string, string>): Set<string> {
  const waiting = [...texts.keys()].filter(path => entries.some(entry => entry.test(path)))
  const reached = new Set<string>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    waiting.push(...referencesOf({ path, text: texts.get(path) ?? '' }))
  }
  return reached
}
