/**
 * What the agent is weighed against: Node with the agent's native code loaded (serial ports, the
 * MQTT stack of aws-crt, SQLite) and nothing else; with `thread` also an idle second thread, which
 * the agent has for its journal. Says `ready`, then waits to be ended.
 *
 * Plain JavaScript: what Node needs to strip types would make it heavier than it has to be.
 */
import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

const ofAgent = createRequire(import.meta.resolve('@tillproof/edge-agent/version.ts'))
const loaded = [ofAgent('serialport'), ofAgent('aws-crt'), new DatabaseSync(':memory:')]
if (process.argv[2] === 'thread') {
  loaded.push(new Worker('setInterval(() => undefined, 60_000)', { eval: true }))
}
process.stdout.write('ready\n')
setInterval(() => loaded, 60_000)
