/**
 * The browser that the dashboard's test drives. npm has none that works without its own download,
 * so it is the system's; on Debian as root it is installed, elsewhere a person is told how.
 */
import { spawnSync } from 'node:child_process'

const candidates = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** True when a Chromium can be started; tries to install Debian's when there is none. */
export function ensureChromium(): boolean {
  if (isPresent()) return true
  if (process.getuid?.() !== 0 || !works('apt-get', ['--version'])) return false
  console.log('Installing chromium with apt-get for the dashboard test …')
  const apt = { DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update', '-qq'], apt)
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], apt)
  return isPresent()
}

function isPresent(): boolean {
  return candidates.some(name => works(name, ['--version']))
}

function works(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function run(command: string, args: string[], env: Record<string, string>): void {
  spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  })
}
