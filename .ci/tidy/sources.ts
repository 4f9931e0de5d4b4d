/**
 * The repository as the tidy tests see it: every source file that git knows or would add, its
 * text, the workspace it belongs to, and the files it refers to.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

export type Source = { path: string; text: string; workspace: string; isTest: boolean }

/** Folder of each workspace by its package name; a file belongs to the longest that fits. */
export const workspaces: Record<string, string> = {
  '@tillproof/shared': 'shared',
  '@tillproof/firmware-bridge': 'firmware-bridge',
  '@tillproof/edge-agent': 'edge-agent',
  '@tillproof/node-red': 'edge-agent/node-red',
  '@tillproof/cloud': 'cloud',
  '@tillproof/contracts': 'cloud/contracts',
  '@tillproof/dashboards': 'cloud/dashboards',
  '@tillproof/witness': 'cloud/witness',
  '@tillproof/simulators': 'simulators',
}

const codeFile = /\.(ts|tsx|mjs|js|cjs)$/

/** All code files, tracked or new, without what git ignores. Paths are relative to the root. */
export const sources: Source[] = listFiles()
  .filter(path => codeFile.test(path) && existsSync(join(root, path)))
  .map(path => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
    workspace: workspaceOf(path),
    isTest: /\.test\.tsx?$|(^|\/)(testing|test)(\/|[.-])|^simulators\/src\/e2e\//.test(path),
  }))

export const production = sources.filter(source => !source.isTest)

export function listFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const output = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  return output.split('\0').filter(path => path !== '')
}

export function workspaceOf(path: string): string {
  const folders = Object.values(workspaces).sort((a, b) => b.length - a.length)
  return folders.find(folder => path.startsWith(`${folder}/`)) ?? ''
}

/** What `source` imports, statically or not, as paths from the root; foreign packages left out. */
export function importsOf(source: Source): string[] {
  const specifiers = source.text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]+)['"]/g)
  return resolveAll(source, specifiers)
}

/**
 * Every file of ours that `source` names in a string: imports, and also workers, child processes
 * and pages that are started by their path.
 */
export function referencesOf(source: { path: string; text: string }): string[] {
  const strings = source.text.matchAll(/['"`]([^'"`\s]+\.(?:tsx?|mjs|cjs|js))['"`]/g)
  return resolveAll(source, strings)
}

function resolveAll(source: { path: string }, found: Iterable<RegExpMatchArray>): string[] {
  const paths = [...found].map(match => resolve(source.path, match[1] ?? ''))
  return paths.filter(path => path !== undefined)
}

function resolve(from: string, specifier: string): string | undefined {
  // In a page, a path from the server's root is a path from the page's own folder.
  if (specifier.startsWith('/')) return existing(normalize(join(dirname(from), specifier)))
  if (specifier.startsWith('.')) return existing(normalize(join(dirname(from), specifier)))
  const name = Object.keys(workspaces).find(each => specifier.startsWith(`${each}/`))
  if (name === undefined) return existing(specifier)
  const rest = specifier.slice(name.length + 1)
  const folder = workspaces[name] ?? ''
  return existing(`${folder}/src/${rest}`) ?? existing(`${folder}/${rest}`)
}

function existing(path: string): string | undefined {
  if (path.startsWith('/') || path.startsWith('node_modules/')) return undefined
  return existsSync(join(root, path)) ? path : undefined
}

/** The text without comments, so that a rule about code does not stumble over prose. */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, match => match.replace(/[^\n]/g, ' '))
    .replace(/(^|[\s;{}(,])\/\/[^\n]*/g, '$1')
}

/** `path:line` of each match of `pattern` in the code of `source`, comments left out. */
export function places(source: Source, pattern: RegExp): string[] {
  return withoutComments(source.text)
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1}`] : []))
}
