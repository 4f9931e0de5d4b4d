/** The role `worker`: the log, the anchors, and the jobs that carry a sale from match to ledger. */
import { randomUUID } from 'node:crypto'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { cloudLogOrigin } from '@tillproof/shared/ids.ts'
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import { topicOf } from '@tillproof/shared/wire/topics.ts'
import { anchorKey, type Core, registrarKey, type Stops } from './core.ts'
import { openChain } from './evidence/anchor/chain.ts'
import { anchorJob } from './evidence/anchor/job.ts'
import { headsMapJob } from './evidence/log/heads-map.ts'
import { startLog } from './evidence/log/run.ts'
import { auditJob } from './machines/audits/job.ts'
import { eraseJob } from './machines/ingest/erase-job.ts'
import { openLink } from './machines/ingest/link.ts'
import { loggedJob } from './machines/ingest/logged-job.ts'
import { crossCheckJob, matchJob, openItemsJob } from './money/attest/job.ts'
import { boxCountJob } from './money/cash/job.ts'
import { unfreezeJob } from './money/freezes/job.ts'
import { checkLedgerJob, clearJob } from './money/ledger/job.ts'
import { bookWriters } from './money/ledger/writers.ts'
import { askPaymentJob, paymentMessageJob, voucherJob } from './money/payments/job.ts'
import type { PaymentsDeps } from './money/payments/payments.ts'
import { automaticRefundJob } from './money/refunds/automatic.ts'
import { type RefundJobDeps, refundJob } from './money/refunds/job.ts'
import { registrationJob } from './money/registry/job.ts'
import { openRegistryChain } from './money/registry/registry-chain.ts'
import type { BillsDeps } from './money/settlement/bills.ts'
import { billsJob, mendBillsJob, settleJob, splitRestsJob } from './money/settlement/job.ts'
import { stockJob } from './money/stock/job.ts'
import type { Job, Wake } from './platform/jobs/job.ts'

/** A writer that died lets go of its books after this time. */
const BOOK_LEASE_MS = 5_000

/** @param payments undefined while no payment company is configured */
export function workerJobs(
  core: Core,
  payments: PaymentsDeps | undefined,
  wake: Wake,
  stops: Stops,
): Job[] {
  const { db, log, clock } = core
  const sendCommand = commandLink(core, stops)
  const writers = bookWriters({
    db,
    writer: randomUUID(),
    leaseMs: BOOK_LEASE_MS,
    clock,
    randomBytes,
  })
  stops.push(writers.close)
  return [
    anchoring(core),
    auditJob({ db, sendCommand }),
    eraseJob({ db, sendCommand }),
    loggedJob({ db, sendCommand }),
    ...registering(core),
    headsMapJob({ db, clock }),
    matchJob({ db, wake }),
    openItemsJob({ db, wake }),
    crossCheckJob({ db }),
    clearJob({ db, writers }),
    boxCountJob({ db, writers }),
    unfreezeJob({ db, writers }),
    stockJob({ db }),
    checkLedgerJob({ db, log }),
    settleJob({ db, writers }),
    ...(payments === undefined ? [] : paymentJobs(payments, sendCommand)),
    ...(payments === undefined ? [] : billJobs({ ...payments, log })),
    ...(payments === undefined ? [] : refundJobs({ db, writers, payments, wake })),
  ]
}

function anchoring({ config, addresses, keys, db, log }: Core): Job {
  const { chainId, contract, everyMs, confirmations, stuckAfterMs } = config.anchor
  return anchorJob({
    db,
    log,
    chain: openChain(addresses.chainRpc, anchorKey(keys)),
    origin: cloudLogOrigin(config.name),
    everyMs,
    rules: { confirmations, stuckAfterMs },
    ...(chainId === undefined ? {} : { chainId }),
    ...(contract === undefined ? {} : { contract }),
  })
}

/** Where the chain is another's, only in the registry that its owner named. */
function registering({ config, addresses, keys, db, log }: Core): Job[] {
  const { registry, rpcUrl, confirmations, stuckAfterMs } = config.anchor
  if (registry === undefined && rpcUrl !== undefined) return []
  const chain = openRegistryChain(addresses.chainRpc, registrarKey(keys), config.name)
  const rules = { confirmations, stuckAfterMs }
  const contract = registry === undefined ? {} : { contract: registry }
  return [registrationJob({ db, log, chain, rules, ...contract })]
}

type SendCommand = (deviceId: string, command: CommandMessage) => Promise<void>

function commandLink(core: Core, stops: Stops): SendCommand {
  const link = openLink({
    ...brokerOf(core),
    name: 'commands',
    topics: [],
    onMessage: () => undefined,
    log: core.log,
  })
  stops.push(link.close)
  return (deviceId, command) => link.publish(topicOf(deviceId, 'command'), JSON.stringify(command))
}

function paymentJobs(payments: PaymentsDeps, sendCommand: SendCommand): Job[] {
  return [
    paymentMessageJob(payments),
    askPaymentJob(payments),
    voucherJob({ ...payments, sendCommand }),
  ]
}

function refundJobs(deps: RefundJobDeps): Job[] {
  const { channels } = deps.payments
  const paying = channels.filter(each => each.refunds !== undefined).map(each => each.name)
  return [refundJob(deps), automaticRefundJob({ ...deps, channels: paying })]
}

const billJobs = (deps: BillsDeps): Job[] => [
  billsJob(deps),
  mendBillsJob(deps),
  splitRestsJob(deps),
]

/** How our own clients reach the broker: ours by loopback or its bound address, or another's. */
export function brokerOf({ config, ports, service }: Core) {
  const { external, publicHost } = config.mqtt
  return external === undefined
    ? { host: publicHost, port: ports.mqtt, tls: service }
    : { host: external.host, port: external.port, tls: service }
}

/** Runs the log, and runs it anew when its policy changes. */
export function runLog(core: Core, stops: Stops): void {
  const { config, db, keys, vkeys, log, policy } = core
  const start = () =>
    startLog({
      db,
      origin: cloudLogOrigin(config.name),
      logKey: keys.log,
      ...(vkeys.sm2 === undefined ? {} : { sm2Key: keys.sm2 }),
      policy: policy.current(),
      log,
      ...config.log,
    })
  let running = start()
  core.problems.push(() => running.problem())
  let changing = Promise.resolve()
  policy.onChange(() => {
    changing = changing.then(async () => {
      await running.stop()
      running = start()
    })
  })
  stops.push(async () => {
    await changing
    await running.stop()
  })
}
