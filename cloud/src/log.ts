/** The process's log: pino JSON lines on standard error; standard output belongs to results. */
import pino from 'pino'
import type { Log } from './platform/db/pool.ts'

export function openLog(level: string): Log {
  const logger = pino(
    {
      level,
      base: null,
      redact: ['password', '*.password', 'secret', '*.secret', 'authorization', 'cookie'],
    },
    pino.destination({ dest: 2, sync: true }),
  )
  return (at, message, fields) => logger[at](fields ?? {}, message)
}
