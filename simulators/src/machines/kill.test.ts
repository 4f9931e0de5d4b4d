/**
 * The agent is killed with SIGKILL at every step of a sale, on real pseudo-terminals. Whatever the
 * moment: the machine stays sane, the sale is told once, nothing that came out goes untold.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { MachineSettings } from '@tillproof/edge-agent/profile/machine.ts'
import { expect, test } from 'vitest'
import { openBench, until } from './bench.ts'
import { startVendingMachine } from './vending-machine.ts'

const PROCESS = fileURLToPath(new URL('./bench-process.ts', import.meta.url))
const SUCCESS = 'sale.result success'
const ORDER = '018f2f6e-0000-7000-8000-00000000000'

test.each([
  ['at the request', 'sale.requested', 0],
  ['right after the approval', 'sale.approved', 0],
  ['while the goods come out', 'sale.approved', 150],
  ['after the goods came out', 'sale.approved', 400],
])('killed %s', async (_name, killAt, waitMs) => {
  const bench = await openBench()
  const shelf = { 1: 350n }
  const machine = startVendingMachine({ dir: bench.dir, currency: 'CNY', shelf, dispenseMs: 250 })
  const { mdb, scanner } = machine.ports
  const config: MachineSettings = {
    profile: 'vending-mdb-reader',
    currency: 'CNY',
    ports: { mdb: { path: mdb, baud: 115_200 }, scanner: { path: scanner, baud: 9600 } },
  }
  const agent = startProcess(JSON.stringify(bench.forProcess(config)))
  try {
    await until('ready', () => agent.ports() === 2 && machine.isAttended())
    await until('asked', () => machine.select('1') === 'asked')
    const voucher = bench.voucher({ orderId: `${ORDER}1`, item: '1', amountMinor: 350n })
    // The reader may be a moment behind its lines: a customer holds the code up again.
    const holding = setInterval(() => machine.scan(voucher), 3_500)
    machine.scan(voucher)
    await until(killAt, () => agent.lines.includes(killAt))
    clearInterval(holding)
    await new Promise(resolve => setTimeout(resolve, waitMs))
    await agent.kill()
    await until('the machine is idle', () => machine.phase() === 'idle', 60_000)

    await bench.startDrivers(config)
    await until('told', () => bench.sales().length > 0 || agent.lines.includes(SUCCESS), 30_000)
    const history = await bench.history()
    const results = history.filter(line => line.startsWith('sale.result'))
    expect(results).toHaveLength(1)
    expect(results[0]).not.toBe('sale.result failed')
    expect(history.slice(0, 3)).toEqual(['sale.requested', 'payment.seen', 'sale.approved'])
    expect(machine.vends().length).toBeLessThanOrEqual(1)
  } finally {
    await agent.kill()
    await machine.stop()
    await bench.close()
  }
})

function startProcess(argument: string) {
  const args = ['--disable-warning=ExperimentalWarning', PROCESS, argument]
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  let rest = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  return {
    lines,
    ports: () => lines.filter(line => line === 'port.up').length,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
