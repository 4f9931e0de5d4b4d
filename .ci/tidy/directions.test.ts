/** Who may import whom: between workspaces, between floors of the cloud, in package.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, production, root, sources, workspaceOf, workspaces } from './sources.ts'

/** A workspace may import itself and these. */
const allowed: Record<string, string[]> = {
  shared: [],
  'firmware-bridge': ['shared'],
  'edge-agent': ['shared', 'firmware-bridge'],
  'edge-agent/node-red': [],
  cloud: ['shared', 'cloud/contracts'],
  'cloud/contracts': ['shared'],
  'cloud/dashboards': ['shared'],
  'cloud/witness': ['shared'],
  simulators: ['shared', 'firmware-bridge', 'edge-agent', 'cloud', 'cloud/witness'],
}

/** Each floor of cloud/src may import those before it, never after. */
const floors = ['platform', 'people', 'evidence', 'machines', 'money', 'lending']

test('imports between workspaces keep their one direction', () => {
  const wrong = sources.flatMap(source =>
    importsOf(source)
      .filter(path => !mayImport(source.workspace, workspaceOf(path)))
      .map(path => `${source.path} imports ${path}`),
  )
  expect(wrong).toEqual([])
})

test('each package.json names only workspaces that may be imported', () => {
  const wrong = Object.values(workspaces).flatMap(folder =>
    dependenciesOf(folder)
      .filter(name => !mayImport(folder, workspaces[name] ?? ''))
      .map(name => `${folder}/package.json depends on ${name}`),
  )
  expect(wrong).toEqual([])
})

test('the floors of the cloud rest only on those below', () => {
  const wrong = production.flatMap(source => {
    const floor = floorOf(source.path)
    if (floor === undefined) return []
    return importsOf(source)
      .filter(path => isAbove(path, floor))
      .map(path => `${source.path} (${floors[floor]}) imports ${path}`)
  })
  expect(wrong).toEqual([])
})

test('shared and firmware-bridge stay pure: nothing of Node but bytes in, bytes out', () => {
  const pureModules = ['node:crypto', 'node:zlib']
  const pure = production.filter(({ path }) => /^(shared|firmware-bridge)\/src\//.test(path))
  const wrong = pure.flatMap(({ path, text }) =>
    [...text.matchAll(/from '(node:[^']+)'/g)]
      .map(match => match[1] ?? '')
      .filter(name => !pureModules.includes(name))
      .map(name => `${path} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

function mayImport(from: string, to: string): boolean {
  return from === '' || from === to || (allowed[from] ?? []).includes(to)
}

/** The index of the floor, or undefined for main.ts, cli.ts and config.ts, which wire them. */
function floorOf(path: string): number | undefined {
  const wing = /^cloud\/src\/([^/]+)\//.exec(path)?.[1]
  const floor = floors.indexOf(wing ?? '')
  return floor === -1 ? undefined : floor
}

function isAbove(path: string, floor: number): boolean {
  if (/^cloud\/src\/(main|cli)\.ts$/.test(path)) return true
  const other = floorOf(path)
  return other !== undefined && other > floor
}

type Manifest = Record<'dependencies' | 'devDependencies', Record<string, string> | undefined>

function dependenciesOf(folder: string): string[] {
  const text = readFileSync(join(root, folder, 'package.json'), 'utf8')
  const manifest: Manifest = JSON.parse(text)
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
  return names.filter(name => name in workspaces)
}
