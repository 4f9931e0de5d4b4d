/** Downloads a sale's proof, checks it in the reader's browser, and holds the page against it. */
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import type { Report } from '@tillproof/shared/bundle/report.ts'
import type { Answer } from '../../api/client.ts'
import { type PolicySource, readablePolicy } from '../../verify/policy.ts'
import type { Verification } from '../../verify/report-view.tsx'
import { checkPage } from './page-check.ts'

type Deps = {
  sale: SaleDetail
  bundle: () => Promise<Answer<string>>
  policy: () => Promise<Answer<string>>
  source: PolicySource
  verify: (bundle: string, policy: string) => Promise<Answer<Report>>
  now: () => number
}

export async function verifySale(deps: Deps): Promise<Answer<Verification>> {
  const given = await deps.policy()
  const policy = given.ok ? readablePolicy(given.value) : given
  if (!policy.ok) return policy
  const bundle = await deps.bundle()
  if (!bundle.ok) return bundle
  const checked = await deps.verify(bundle.value, policy.value)
  if (!checked.ok) return checked
  const report = checked.value
  const page = checkPage(deps.sale, bundle.value, report)
  const at = new Date(deps.now()).toISOString()
  return { ok: true, value: { report, page, source: deps.source, at } }
}
