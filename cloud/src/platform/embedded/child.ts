/** What keeping a server as a child takes: a steady port, being watched, being started again. */
import { randomInt } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../db/pool.ts'
import { keepSecret } from '../keys.ts'

/** The port of last time if the server runs on it or it is free, else any; noted in `dir/port`. */
export async function choosePort(dir: string, running: boolean): Promise<number> {
  const file = join(dir, 'port')
  await mkdir(dir, { recursive: true })
  const last = Number(await keepSecret(file, async () => String(await anyFreePort())))
  if (running || (await freePort(last)) === last) return last
  const port = await anyFreePort()
  await writeFile(file, String(port))
  return port
}

/**
 * Below the ports that systems give to outgoing connections: one of those can be taken by anybody's
 * connection between this look and the server's own start.
 */
async function anyFreePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(20_000, 32_000)
    if ((await freePort(port)) === port) return port
  }
  return (await freePort(0)) ?? 0
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(undefined))
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : undefined
      probe.close(() => resolve(port))
    })
  })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const WATCH_EVERY_MS = 300

/** Starts the server again whenever it is found dead. Answers how to end the watch. */
export function watch(options: {
  name: string
  log: Log
  isRunning(): Promise<boolean>
  start(): Promise<void>
}): () => Promise<void> {
  const stopped = new AbortController()
  const { signal } = stopped
  async function loop(): Promise<void> {
    while (!signal.aborted) {
      await sleep(WATCH_EVERY_MS, undefined, { ref: false, signal }).catch(() => undefined)
      if (signal.aborted || (await options.isRunning())) continue
      options.log('warn', `the embedded ${options.name} died; starting it again`)
      await options.start().catch((error: Error) => options.log('error', error.message))
    }
  }
  const watching = loop()
  return async () => {
    stopped.abort()
    await watching
  }
}
