/**
 * A real redis-server for tests: on a port of its own, with nothing saved, so that killed and
 * started again it is empty. Debian's package redis-server; .ci/debian.ts installs it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'

export type TestRedis = {
  url: string
  /** As an out-of-memory killer would. */
  kill(): Promise<void>
  /** On the same port, empty. */
  restart(): Promise<void>
  /** Answer of the server to one inline command, as it comes over the wire. */
  ask(command: string): Promise<string>
  stop(): Promise<void>
}

export function isRedisPresent(): boolean {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0
}

export async function startTestRedis(): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'tillproof-redis-'))
  const port = await freePort()
  const ask = (command: string) => askOn(port, command)
  let server = await launch(dir, port, ask)
  const kill = async () => {
    server.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async restart() {
      server = await launch(dir, port, ask)
    },
    ask,
    async stop() {
      await kill()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function launch(
  dir: string,
  port: number,
  ask: (command: string) => Promise<string>,
): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir]
  const unsaved = ['--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', [...options, ...unsaved], { stdio: 'ignore' })
  for (let tried = 0; tried < 100; tried += 1) {
    if ((await ask('PING').catch(() => '')).startsWith('+PONG')) return server
    await sleep(50)
  }
  server.kill('SIGKILL')
  throw new TillproofError('test.redis', 'redis-server does not start', 'start it by hand')
}

async function askOn(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write(`${command}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
