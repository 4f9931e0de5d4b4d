/**
 * An enrolled gateway for the benchmark: a home folder with keys and certificates, a broker and a
 * cloud that takes its batches, and a vending machine with adapter, scanner and receiver on
 * pseudo-terminals.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { homePaths } from '@tillproof/edge-agent/config.ts'
import { loadIdentity } from '@tillproof/edge-agent/enrol/identity.ts'
import { testAuthority, writeTestIdentity } from '@tillproof/edge-agent/enrol/testing.ts'
import { startTestBroker, testCloud } from '@tillproof/edge-agent/uplink/testing.ts'
import { openMachinePort } from '../../machines/pty.ts'
import { nmeaOf, positionOnTrack } from '../../machines/track.ts'
import { startVendingMachine } from '../../machines/vending-machine.ts'

const DEVICE = 'd0123456789ab'
const PROFILE = `
profile: vending-on-wheels
version: 1
kind: vending
title: { en: Vending machine that moves about, zh-CN: 流动售货机 }
describes: A Qibixx MDB adapter as cashless reader, a QR scanner and a GNSS receiver.
ports:
  mdb: { driver: mdb-reader, title: { en: MDB adapter, zh-CN: MDB 适配器 } }
  scanner: { driver: scanner, title: { en: QR scanner, zh-CN: 扫码器 } }
  gps: { driver: gps, title: { en: GNSS receiver, zh-CN: 卫星定位接收机 } }
session: { kind: vending, reader: mdb }
codes: scanner
watch:
  position: { port: gps, everySeconds: { serving: 5, otherwise: 60 } }
limits:
  maxPrice: { CNY: "500.00" }
  capacity: { salesPerHour: 240 }
corroboration:
  - { claim: sale.result, by: payment, of: order, rises: amount }
`

export type BenchGateway = { home: string; stop(): Promise<void> }

export async function openGateway(folder: string): Promise<BenchGateway> {
  const home = join(folder, 'home')
  const paths = homePaths(home)
  const lines = join(folder, 'lines')
  mkdirSync(home)
  const authority = await testAuthority()
  const broker = await startTestBroker(authority)
  const cloud = testCloud()
  cloud.attach(broker)
  const { receiptVkey, voucherVkey } = cloud.keys
  const values = { deviceId: DEVICE, mqttPort: broker.port, receiptVkey, voucherVkey }
  await writeTestIdentity(paths.identity, authority, values)
  cloud.know(DEVICE, loadIdentity(paths.identity).evidence.publicKey)
  const machine = startVendingMachine({ dir: lines, currency: 'CNY', shelf: { 1: 350n } })
  const gps = openMachinePort({ path: join(lines, 'gps'), onData: () => undefined })
  const talking = setInterval(
    () => gps.write(nmeaOf(positionOnTrack(0), systemClock.nowMs(), 0)),
    1000,
  )
  writeFileSync(join(home, 'vending-on-wheels.yaml'), PROFILE)
  writeFileSync(paths.config, settings({ ...machine.ports, gps: gps.path }))
  return {
    home,
    async stop() {
      clearInterval(talking)
      gps.unplug()
      await machine.stop()
      await broker.stop()
    },
  }
}

function settings(ports: Record<string, string>): string {
  const lines = Object.entries(ports).map(([name, path]) => `    ${name}: { path: ${path} }`)
  return [
    'machine:',
    '  profile: ./vending-on-wheels.yaml',
    '  currency: CNY',
    '  ports:',
    ...lines,
    'log: { level: silent }',
    '',
  ].join('\n')
}
