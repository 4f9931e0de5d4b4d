/**
 * Runs the Node-RED editor as a child of the agent, with our palette. Flows reach the machine only
 * through the local API, so that nothing drawn there can touch the journal. The editor listens on
 * 127.0.0.1 and wants the local API's token, because flows can run any program.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Logger } from 'pino'
import { childEnvironment } from '../config.ts'

export type NodeRedOptions = {
  /** Node-RED's user folder: flows, credentials, settings. */
  folder: string
  /** 0 takes any free one. */
  port: number
  agent: { url: string; token: string; home: string }
  log: Pick<Logger, 'info' | 'warn' | 'debug'>
}
export type NodeRed = {
  /** The editor's address; add `?access_token=<token>` to open it. */
  url: string
  stop(): Promise<void>
}

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 5000
const RESTART_AFTER_MS = 5000
const POLL_MS = 200
const PALETTE = fileURLToPath(new URL('../../node-red', import.meta.url))

/** Resolves when the editor answers. Throws `node-red.missing` or `node-red.failed`. */
export async function startNodeRed(options: NodeRedOptions): Promise<NodeRed> {
  const port = options.port === 0 ? await freePort() : options.port
  const url = `http://127.0.0.1:${port}/`
  const state: State = { child: undefined, isStopping: false }
  writeSettings(options.folder)
  launch(state, options, port)
  try {
    await answering(state, url)
  } catch (error) {
    await stop(state)
    throw error
  }
  options.log.info({ url }, 'Node-RED editor running')
  return { url, stop: () => stop(state) }
}

type State = { child: ChildProcess | undefined; isStopping: boolean }

function launch(state: State, options: NodeRedOptions, port: number): void {
  const { folder, agent, log } = options
  const settings = join(folder, 'settings.js')
  const child = spawn(
    process.execPath,
    [nodeRedProgram(), '--userDir', folder, '--settings', settings],
    {
      cwd: folder,
      env: childEnvironment({
        TILLPROOF_AGENT_URL: agent.url,
        TILLPROOF_AGENT_TOKEN: agent.token,
        TILLPROOF_AGENT_HOME: agent.home,
        TILLPROOF_NODE_RED_PORT: String(port),
        TILLPROOF_NODE_RED_PALETTE: PALETTE,
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  state.child = child
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => log.debug({ text: String(chunk).trimEnd() }, 'Node-RED'))
  }
  child.once('exit', code => {
    state.child = undefined
    if (state.isStopping) return
    log.warn({ code }, 'Node-RED ended; it is started again')
    setTimeout(() => state.isStopping || launch(state, options, port), RESTART_AFTER_MS).unref()
  })
}

function nodeRedProgram(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('node-red/package.json')
    return join(dirname(manifest), 'red.js')
  } catch (cause) {
    throw new TillproofError(
      'node-red.missing',
      'Node-RED is not installed.',
      'Install it (npm install node-red), or run the agent without --node-red.',
      { cause },
    )
  }
}

/** The secret parts come in by the environment: the file may be shown to anybody. */
function writeSettings(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'settings.js'), SETTINGS, { mode: 0o600 })
}

const SETTINGS = `// Written by tillproof agent run --node-red at each start; changes are lost.
const { createHash, timingSafeEqual } = require('node:crypto')
const env = process.env
const digest = text => createHash('sha256').update(String(text)).digest()
module.exports = {
  uiHost: '127.0.0.1',
  uiPort: Number(env.TILLPROOF_NODE_RED_PORT),
  nodesDir: [env.TILLPROOF_NODE_RED_PALETTE],
  flowFile: 'flows.json',
  credentialSecret: env.TILLPROOF_AGENT_TOKEN,
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, palette: { editable: true } },
  logging: { console: { level: 'info', metrics: false, audit: false } },
  adminAuth: {
    type: 'credentials',
    users: () => Promise.resolve(null),
    authenticate: () => Promise.resolve(null),
    tokens: token => Promise.resolve(
      timingSafeEqual(digest(token), digest(env.TILLPROOF_AGENT_TOKEN))
        ? { username: 'operator', permissions: '*' }
        : null,
    ),
  },
}
`

async function answering(state: State, url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS && state.child; waitedMs += POLL_MS) {
    const isUp = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      response => response.ok,
      () => false,
    )
    if (isUp) return
    await pause(POLL_MS)
  }
  throw new TillproofError(
    'node-red.failed',
    'Node-RED did not start.',
    'Set log.level to debug in agent.yaml and start again to see why.',
  )
}

async function stop(state: State): Promise<void> {
  state.isStopping = true
  const { child } = state
  if (!child) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(limit)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
