/**
 * The agreements of a book as this account may see them: each fully signed version is proven once
 * and remembered, and afterwards only what was remembered counts.
 */
import { type Agreement, agreement, transferDocument } from '@tillproof/shared/api/agreements.ts'
import { listOf } from '@tillproof/shared/api/fields.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Finding } from '../finding.ts'
import { agreementDigest, judgeAgreement } from './agreement-rule.ts'
import type { ProvenAgreements } from './proven-agreements.ts'
import type { ReadRegistered } from './registered.ts'
import { judgeTransfer } from './transfer-rule.ts'

export type AgreementsDeps = {
  cloudName: string
  proven: ProvenAgreements
  /** The body of a path of the cloud's API; what it throws is a reason. */
  ask(path: string): Promise<string>
  /** Absent while no chain is asked. */
  registered?: ReadRegistered
}
export type Learned = { findings: Finding[]; unreachable?: string }
type Named = { id: string; version: number }

const list = listOf(agreement)
const transferList = listOf(transferDocument)

/** Proves what the list of agreements shows that is new. */
export async function learnAgreements(deps: AgreementsDeps, book: string): Promise<Learned> {
  const shown = await read(deps, '/api/v1/agreements', text => list.parse(JSON.parse(text)).items)
  if (!Array.isArray(shown)) return { findings: [], unreachable: shown.unreachable }
  const known = new Set(deps.proven.of(book).map(({ terms }) => nameOf(terms)))
  const findings: Finding[] = []
  for (const each of shown) {
    const isSigned = each.effectiveFrom !== null && each.terms.bookId === book
    if (isSigned && !known.has(nameOf(each.terms))) findings.push(...(await prove(deps, each)))
  }
  return { findings }
}

/** `seen` is false where there is none that this account may see. */
export async function learnAgreement(
  deps: AgreementsDeps,
  { id, version }: Named,
): Promise<Learned & { seen: boolean }> {
  const path = `/api/v1/agreements/${id}/versions/${version}`
  const shown = await read(deps, path, text => agreement.parse(JSON.parse(text)))
  if ('unknown' in shown) return { findings: [], seen: false }
  if ('unreachable' in shown) return { findings: [], seen: false, ...shown }
  const { terms } = shown
  if (terms.agreementId === id && terms.version === version) {
    return { findings: await prove(deps, shown), seen: true }
  }
  const detail = `other terms are shown: ${nameOf(terms)}`
  return {
    findings: [found('swapped-agreement', `${id} version ${version}`, detail, shown)],
    seen: true,
  }
}

type Unread = { unreachable: string } | { unknown: true; unreachable: string }

async function read<T>(
  { ask }: AgreementsDeps,
  path: string,
  parse: (text: string) => T,
): Promise<T | Unread> {
  try {
    return parse(await ask(path))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const isUnknown = error instanceof TillproofError && error.code === 'agreement.unknown'
    return isUnknown
      ? { unknown: true, unreachable: reason }
      : { unreachable: `${path}: ${reason}` }
  }
}

async function prove(deps: AgreementsDeps, shown: Agreement): Promise<Finding[]> {
  const { cloudName, proven } = deps
  const judged = await judgeAgreement({ cloudName, leafOf: proven.leaf }, shown)
  const place = nameOf(shown.terms)
  if ('fault' in judged) return [found(judged.fault.kind, place, judged.fault.detail, shown)]
  proven.add(judged.agreement)
  return []
}

/** Proves what is new of the transfers by which the book's participations have changed hands. */
export async function learnTransfers(deps: AgreementsDeps, book: string): Promise<Learned> {
  const { cloudName, proven } = deps
  const findings: Finding[] = []
  const divided = proven.of(book).filter(({ terms }) => terms.participations.length > 0)
  for (const id of new Set(divided.map(({ terms }) => terms.agreementId))) {
    const path = `/api/v1/agreements/${id}/transfers`
    const shown = await read(deps, path, text => transferList.parse(JSON.parse(text)).items)
    if (!Array.isArray(shown)) return { findings, unreachable: shown.unreachable }
    const terms = divided.map(each => each.terms).filter(each => each.agreementId === id)
    for (const each of shown.filter(({ effectiveFrom }) => effectiveFrom !== null)) {
      const known = proven.transfers(book)
      const { transferId } = each.transfer
      if (known.some(({ transfer }) => transfer.transferId === transferId)) continue
      const judged = await judgeTransfer({ cloudName, leafOf: proven.leaf }, { terms, known }, each)
      if ('transfer' in judged) proven.addTransfer(book, judged.transfer)
      else {
        const { kind, detail } = judged.fault
        findings.push(found(kind, `${id}, transfer ${transferId}`, detail, each))
      }
    }
  }
  return { findings }
}

/** Which of the proven versions stand in the registry, and which stand there otherwise. */
export async function checkRegistered(
  { cloudName, proven, registered }: AgreementsDeps,
  book: string,
): Promise<Learned & { registered: number }> {
  const findings: Finding[] = []
  let count = 0
  for (const { terms } of registered === undefined ? [] : proven.of(book)) {
    try {
      const digest = await registered?.(terms.agreementId, terms.version)
      if (digest === agreementDigest(terms, cloudName)) count += 1
      else if (typeof digest === 'string') {
        const detail = `the registry holds ${digest}, which other terms than these have`
        findings.push(found('swapped-agreement', nameOf(terms), detail, { terms }))
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
      return { findings, registered: count, unreachable: `the chain: ${reason}` }
    }
  }
  return { findings, registered: count }
}

const nameOf = ({ agreementId, version }: { agreementId: string; version: number }): string =>
  `${agreementId} version ${version}`

function found(kind: Finding['kind'], place: string, detail: string, shown: object): Finding {
  const proof = { agreement: JSON.stringify(shown) }
  return { kind, origin: `agreement ${place}`, leafIndex: null, detail, proof }
}
