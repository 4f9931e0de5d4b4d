/** A cloud process: settings in, the parts of its roles started in order, stopped in reverse. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { receiptKeyName } from '@tillproof/shared/ids.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { startApi } from './api.ts'
import type { Config } from './config.ts'
import { type Core, fingerprintOf, openCore, roleUrls, type Stops } from './core.ts'
import { startBroker } from './machines/broker/broker.ts'
import { startIngest } from './machines/ingest/service.ts'
import { configuredChannels } from './money/payments/configured.ts'
import type { PaymentsDeps } from './money/payments/payments.ts'
import { liveNotes } from './platform/db/live-notes.ts'
import type { Wake } from './platform/jobs/job.ts'
import { startJobs } from './platform/jobs/jobs.ts'
import { brokerOf, runLog, workerJobs } from './worker.ts'

/** What a started process says of itself, as one line of JSON. */
export type Ready = {
  ready: true
  roles: string[]
  cloudName: string
  apiUrl: string | null
  mqttPort: number | null
  chainRpc: string
  logVkey: string
  /** Of the second key that signs checkpoints, where `log.sm2` asks for one. */
  logSm2Vkey: string | null
}
export type RunningCloud = { ready: Ready; stop(): Promise<void> }

export async function runCloud(config: Config): Promise<RunningCloud> {
  const stops: Stops = []
  const stop = async () => {
    for (let one = stops.pop(); one !== undefined; one = stops.pop()) await one()
  }
  try {
    const core = await openCore(config, stops)
    await startRoles(core, stops)
    const ready = describe(core)
    await noteRun(config, ready)
    stops.push(() => rm(config.files.run, { force: true }))
    return { ready, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startRoles(core: Core, stops: Stops): Promise<void> {
  const { config, db, log, keys } = core
  const has = (role: Config['roles'][number]) => config.roles.includes(role)
  if (has('broker') && config.mqtt.external === undefined) await broker(core, stops)

  // Jobs and those who wake them need each other; what is woken before the start is swept up.
  let wakeNow: Wake = () => undefined
  const wake: Wake = (name, id) => wakeNow(name, id)
  const payments = await paymentsOf(core, wake)
  const jobs = has('worker') ? workerJobs(core, payments, wake, stops) : []
  const { systemUrl } = roleUrls(core.addresses.databaseUrl, keys)
  const { redisUrl } = config
  const running = startJobs(jobs, redisUrl ? { redisUrl } : { postgresUrl: systemUrl }, log)
  stops.push(running.stop)
  wakeNow = running.wake

  if (has('worker')) runLog(core, stops)
  if (has('ingest')) {
    const receiptSigner = ed25519Signer(receiptKeyName(config.name), keys.receipt)
    const notes = liveNotes(db, log)
    const ingest = startIngest({
      ingest: {
        db,
        receiptSigner,
        nowMs: core.clock,
        onAccepted(operatorId, news) {
          wake('match', operatorId)
          notes.tell(news)
        },
      },
      broker: brokerOf(core),
      log,
    })
    stops.push(notes.close, ingest.close)
  }
  if (has('api')) await startApi(core, payments, stops)
}

async function broker(core: Core, stops: Stops): Promise<void> {
  const { config, authority, db, log, enrolment } = core
  const { host, publicHost } = config.mqtt
  const names = new Set([publicHost, 'localhost', '127.0.0.1', '::1'])
  const { keyPem, pem } = await authority.issueServer([...names])
  const ours = fingerprintOf(core.service.certificatePem)
  const started = await startBroker({
    db,
    log,
    host,
    port: core.ports.mqtt,
    tls: { keyPem, certificatePem: pem, caPem: authority.caPem },
    isService: fingerprint => ours.equals(fingerprint),
    enrolment,
  })
  stops.push(started.close)
}

async function paymentsOf(core: Core, wake: Wake): Promise<PaymentsDeps | undefined> {
  const { db, keys, clock } = core
  const around = { publicUrl: core.publicUrl, clock, randomBytes }
  const channels = await configuredChannels(core.config.payments, around)
  if (channels === undefined) return undefined
  return { db, channels, voucherKey: keys.voucher, wake, clock, randomBytes }
}

function describe({ config, publicUrl, ports, addresses, vkeys }: Core): Ready {
  return {
    ready: true,
    roles: config.roles,
    cloudName: config.name,
    apiUrl: config.roles.includes('api') ? publicUrl : null,
    mqttPort: config.roles.includes('broker') ? ports.mqtt : null,
    chainRpc: addresses.chainRpc,
    logVkey: vkeys.log,
    logSm2Vkey: vkeys.sm2 ?? null,
  }
}

/** For programs on this machine that want to know where it listens; the API's process writes it. */
async function noteRun({ files, roles }: Config, ready: Ready): Promise<void> {
  if (!roles.includes('api')) return
  await mkdir(dirname(files.run), { recursive: true })
  await writeFile(`${files.run}.new`, JSON.stringify({ pid: process.pid, ...ready }, null, 2))
  await rename(`${files.run}.new`, files.run)
}
