/** The role `api`: every feature's routes, live updates, and the dashboard's files. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { receiptKeyName } from '@tillproof/shared/ids.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import type { Core, Stops } from './core.ts'
import { rangeBundleRoute } from './evidence/bundles/range-route.ts'
import { bundleRoutes } from './evidence/bundles/routes.ts'
import { logRoutes } from './evidence/log/routes.ts'
import { loanRoutes } from './lending/loans/routes.ts'
import { portfolioRoutes } from './lending/metrics/routes.ts'
import { pledgeRoutes } from './lending/pledges/routes.ts'
import { auditRoutes } from './machines/audits/routes.ts'
import { TEMPLATE } from './machines/devices/provisioning.ts'
import { deviceRoutes } from './machines/devices/routes.ts'
import { incidentRoutes } from './machines/incidents/routes.ts'
import { deviceEvidenceSource } from './machines/ingest/bundle-source.ts'
import { eraseRoutes } from './machines/ingest/erase-routes.ts'
import { rangeSource } from './machines/ingest/range-source.ts'
import { ingestRoutes } from './machines/ingest/routes.ts'
import { agreementRoutes } from './money/agreements/routes.ts'
import { periodsRoutes } from './money/attest/periods-routes.ts'
import { saleRoutes } from './money/attest/routes.ts'
import { takingsRoutes } from './money/attest/takings-routes.ts'
import { boxCountRoutes } from './money/cash/routes.ts'
import { freezeRoutes } from './money/freezes/routes.ts'
import { clearingSource } from './money/ledger/bundle-source.ts'
import { limitRoutes } from './money/ledger/limit-routes.ts'
import { ledgerRoutes } from './money/ledger/routes.ts'
import { statementRoutes } from './money/ledger/statement-routes.ts'
import { openItemRoutes } from './money/open-items/routes.ts'
import type { PaymentsDeps } from './money/payments/payments.ts'
import { paymentRoutes } from './money/payments/routes.ts'
import { refundRoutes } from './money/refunds/routes.ts'
import { registryRoutes } from './money/registry/routes.ts'
import { settlementRoutes } from './money/settlement/routes.ts'
import { stockRoutes } from './money/stock/routes.ts'
import { grantRoutes } from './people/grants/routes.ts'
import { organisationRoutes } from './people/organisations/routes.ts'
import { sessionReader, sessionRoutes } from './people/sessions/routes.ts'
import { createApp, type HttpServer, listen } from './platform/http/app.ts'
import { startLive } from './platform/http/live.ts'
import type { Route } from './platform/http/route.ts'

const DASHBOARD_DIR = join(import.meta.dirname, '../dashboards/dist')

export async function startApi(
  core: Core,
  payments: PaymentsDeps | undefined,
  stops: Stops,
): Promise<HttpServer> {
  const { config, db, log, publicUrl } = core
  if (config.http.dashboard && !existsSync(join(DASHBOARD_DIR, 'index.html'))) {
    log('warn', 'the dashboard is not built: npm run build -w @tillproof/dashboards')
  }
  const secure = publicUrl.startsWith('https:')
  const sessionOf = sessionReader(db, secure)
  const live = await startLive({ db, sessionOf })
  stops.push(live.close)
  const app = createApp({
    db,
    log,
    publicUrl,
    ...(config.http.proxies && { proxies: config.http.proxies }),
    problems: () => core.problems.flatMap(problem => problem() ?? []),
    sessionOf,
    routes: [
      ...sessionRoutes({ cloudName: config.name, secure }),
      ...live.routes,
      ...routesOf(core, payments),
    ],
    ...(config.http.dashboard ? { dashboardDir: DASHBOARD_DIR } : {}),
  })
  const server = await listen(app, config.http.host, core.ports.http)
  stops.push(server.close)
  return server
}

function routesOf(core: Core, payments: PaymentsDeps | undefined): Route[] {
  const { config, db, clock, vkeys, publicUrl } = core
  const policy = core.policy.current
  const { publicRpcUrl } = config.anchor
  return [
    ...organisationRoutes(),
    ...grantRoutes(),
    ...logRoutes({
      db,
      policy,
      ...(publicRpcUrl === undefined ? {} : { publicRpcUrl }),
    }),
    ...bundleRoutes({
      db,
      policy,
      sources: {
        deviceEvidence: deviceEvidenceSource(config.name),
        clearing: clearingSource(db),
      },
    }),
    rangeBundleRoute({ db, policy, events: rangeSource(config.name) }),
    ...deviceRoutes({
      enrolment: core.enrolment,
      publicUrl,
      claimFacts: {
        caPem: core.authority.caPem,
        mqttHost: config.mqtt.publicHost,
        mqttPort: core.ports.mqtt,
        templateName: TEMPLATE,
        cloudName: config.name,
        receiptVkey: vkeys.receipt,
        voucherVkey: vkeys.voucher,
        logVkey: vkeys.log,
      },
    }),
    ...ingestRoutes(),
    ...auditRoutes(),
    ...eraseRoutes(ed25519Signer(receiptKeyName(config.name), core.keys.receipt)),
    ...incidentRoutes(),
    ...saleRoutes(),
    ...takingsRoutes(),
    ...periodsRoutes(),
    ...openItemRoutes({ clock }),
    ...boxCountRoutes({ clock }),
    ...freezeRoutes({ clock }),
    ...stockRoutes({ clock }),
    ...ledgerRoutes({ clock }),
    ...statementRoutes({ clock }),
    ...settlementRoutes(),
    ...limitRoutes(),
    ...agreementRoutes({ db, cloudName: config.name, clock, limits: limitsOf(payments) }),
    ...registryRoutes(),
    ...loanRoutes({ clock }),
    ...pledgeRoutes({ clock }),
    ...portfolioRoutes({ clock }),
    ...(payments === undefined ? [] : paymentRoutes({ ...payments, ...config.payments })),
    ...refundRoutes({ wake: payments?.wake ?? (() => undefined), channels: payingBack(payments) }),
  ]
}

/** Names of the payment companies that pay customers back. */
const payingBack = (payments: PaymentsDeps | undefined): string[] =>
  (payments?.channels ?? []).flatMap(({ name, refunds }) => (refunds === undefined ? [] : [name]))

/** What each payment company's own splitting gives away at most, where it says so. */
const limitsOf = (payments: PaymentsDeps | undefined): ReadonlyMap<string, number> =>
  new Map(
    (payments?.channels ?? []).flatMap(({ name, givesAwayAtMostBasisPoints: limit }) =>
      limit === undefined ? [] : [[name, limit] as const],
    ),
  )
