/**
 * What the agent is weighed against: Node with the agent's native code loaded (serial ports, the
 * MQTT stack of aws-crt, SQLite) and nothing else. Says `ready`, then waits to be ended.
 */
import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'

const ofAgent = createRequire(import.meta.resolve('@tillproof/edge-agent/version.ts'))
const loaded = [ofAgent('serialport'), ofAgent('aws-crt'), new DatabaseSync(':memory:')]
process.stdout.write('ready\n')
setInterval(() => loaded, 60_000)
