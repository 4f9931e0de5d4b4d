/**
 * What stands between `npm start` in a fresh clone and the first line of TypeScript: find a Node
 * that runs our sources as they are, install the dependencies when they are missing or older than
 * the lock file, then run one of our files.
 *
 * Plain JavaScript without dependencies, readable by Node 18, because nothing is installed yet.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { root } from './root.mjs'

/**
 * Installs when needed, then runs `file` (from the root) and exits with its exit code.
 * `flags`: for Node, beside those that every command gets; `environment`: likewise; `before`: a
 * file of ours that is run first, to its end.
 */
export function launch(file, args, { flags = [], environment = {}, before } = {}) {
  installWhenNeeded()
  const node = suitableNode()
  const own = ownEnvironment()
  if (before) {
    spawnSync(node, [...nodeFlags, join(root, before)], { stdio: ['ignore', 2, 2], env: own })
  }
  const child = spawn(node, [...nodeFlags, ...flags, join(root, file), ...args], {
    stdio: 'inherit',
    env: { ...own, ...environment },
  })
  // A terminal sends Ctrl-C to the child as well; only what came to us alone is passed on.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', error => fail('the program could not be started', error.message))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)
  })
}

const nodeFlags = ['--disable-warning=ExperimentalWarning']

/** The user's own Node where it strips types and has a sound SQLite, else the one from npm. */
function suitableNode() {
  if (isSuitable(process.versions)) return process.execPath
  const own = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(own)) return own
  const platform = `${process.platform}-${process.arch}`
  return fail(
    `Node ${process.versions.node} is too old, and npm has none for ${platform}`,
    'install Node 24.12 or newer and run the command again',
  )
}

/** Node ≥ 24.12; SQLite ≥ 3.51.3 and not 3.52.0, as the journal asks (see its version gate). */
function isSuitable(versions) {
  const sqlite = versions.sqlite ?? '0'
  return atLeast(versions.node, [24, 12, 0]) && atLeast(sqlite, [3, 51, 3]) && sqlite !== '3.52.0'
}

function atLeast(version, wanted) {
  const parts = version.split('.').map(Number)
  const differs = wanted.findIndex((part, index) => parts[index] !== part)
  return differs === -1 || parts[differs] > wanted[differs]
}

function installWhenNeeded() {
  if (isInstalled()) return
  process.stderr.write('Installing the dependencies from the lock file (npm ci) …\n')
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (npm.status === 0) return
  fail(
    `npm ci failed${npm.error ? `: ${npm.error.message}` : ` with exit code ${npm.status}`}`,
    'read the lines of npm above; without a network an installed node_modules folder is needed',
  )
}

/**
 * Compares what npm says it installed with the lock file. Contents, not only times: a checkout
 * touches the lock file without changing it, and a needless `npm ci` takes a minute.
 */
function isInstalled() {
  const wantedFile = join(root, 'package-lock.json')
  const presentFile = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(presentFile)) return false
  if (statSync(presentFile).mtimeMs >= statSync(wantedFile).mtimeMs) return true
  const wanted = packagesOf(wantedFile)
  const present = packagesOf(presentFile)
  return Object.keys(wanted).every(path => {
    const { version, link, optional, devOptional, peer } = wanted[path]
    if (!path.startsWith('node_modules/') || link) return true
    if (!present[path]) return Boolean(optional || devOptional || peer)
    return present[path].version === version
  })
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/**
 * Our own programs first on the PATH, so that every child finds the same Node and tools. Sources
 * without their types are kept for the next start: it is faster, and a thread that never strips
 * types itself needs 24 MB less.
 */
function ownEnvironment() {
  const separator = process.platform === 'win32' ? ';' : ':'
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].filter(Boolean)
  return {
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
    ...process.env,
    PATH: path.join(separator),
    TURBO_TELEMETRY_DISABLED: '1',
  }
}

function fail(cause, next) {
  process.stderr.write(`tillproof: ${cause}\n  next: ${next}\n`)
  process.exit(1)
}
