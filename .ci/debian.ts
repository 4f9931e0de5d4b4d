/**
 * What tests need and npm does not have: the browser that the dashboard's test drives, the Go
 * packages that our proofs are held against, a Redis for the jobs that queue there, and a compiler
 * for the bridge's firmware. They are the system's; on Debian as root they are installed, elsewhere
 * a person is told how.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const goModule = '/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog'

/** True when a Chromium can be started; tries to install Debian's when there is none. */
export function ensureChromium(): boolean {
  return hasChromium() || (install(['chromium']) && hasChromium())
}

/** True when Go and Debian's golang.org/x/mod are here; tries to install them when not. */
export function ensureGo(): boolean {
  return hasGoModules() || (install(['golang-go', 'golang-golang-x-mod-dev']) && hasGoModules())
}

/** True when redis-server can be started; tries to install Debian's when not. */
export function ensureRedis(): boolean {
  return hasRedis() || (install(['redis-server']) && hasRedis())
}

/** True when C can be compiled; tries to install Debian's gcc when not. */
export function ensureCompiler(): boolean {
  return hasCompiler() || (install(['gcc', 'libc6-dev']) && hasCompiler())
}

function hasCompiler(): boolean {
  return works('cc', ['--version'])
}

function hasRedis(): boolean {
  return works('redis-server', ['--version'])
}

export function hasGoModules(): boolean {
  return existsSync(goModule) && works('go', ['version'])
}

function hasChromium(): boolean {
  return browsers.some(name => works(name, ['--version']))
}

function install(packages: string[]): boolean {
  if (process.getuid?.() !== 0 || !works('apt-get', ['--version'])) return false
  console.log(`Installing ${packages.join(' and ')} with apt-get for the tests …`)
  run('apt-get', ['update', '-qq'])
  return run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages])
}

function works(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function run(command: string, args: string[]): boolean {
  const child = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return child.status === 0
}
