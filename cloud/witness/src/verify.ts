/** `tillproof verify`: reads bundle and policy, asks the chain when told to, prints the report. */
import { readFile } from 'node:fs/promises'
import { parseBundle } from '@tillproof/shared/bundle/bundle.ts'
import type { Check, Report } from '@tillproof/shared/bundle/report.ts'
import { type VerifyOptions, verifySteps } from '@tillproof/shared/bundle/verify.ts'
import { type AnchorCheckResult, anchorQuery } from '@tillproof/shared/bundle/verify-anchor.ts'
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Policy, parsePolicy } from '@tillproof/shared/note/policy.ts'
import { type ChainAnswer, readAnchoredRoot } from './anchored-root.ts'
import { explanations } from './explain.ts'
import { progressLine } from './progress.ts'

export type VerifyRequest = {
  bundle: string
  policy: string
  rpc?: string
  /** Hashes of blocks that the caller trusts, `0x` and 64 hex digits. */
  blocks?: readonly string[]
  json?: true
  explain?: true
}
export type VerifyOutcome = { text: string; exitCode: number } | { unusable: string }

export async function verifyFiles(request: VerifyRequest): Promise<VerifyOutcome> {
  const policy = await readPolicy(request.policy)
  if ('unusable' in policy) return policy
  const bundle = await read(request.bundle)
  if ('unusable' in bundle) return bundle
  const asked = await askChain(bundle.bytes, policy.policy, request.rpc)
  const report = verifyWatched(bundle.bytes, policy.policy, {
    ...(asked && 'check' in asked ? { anchorCheck: asked.check } : {}),
    blocks: (request.blocks ?? []).map(hash => hash.toLowerCase()),
  })
  const chainFault = asked && 'fault' in asked ? asked.fault : undefined
  const text = request.json
    ? jsonOf(report, chainFault)
    : textOf(report, chainFault, request.explain === true)
  return { text, exitCode: report.exitCode }
}

function verifyWatched(bytes: Uint8Array, policy: Policy, options: VerifyOptions): Report {
  const progress = progressLine('verifying')
  const steps = verifySteps(bytes, policy, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done) {
      progress.end()
      return value
    }
    progress.show(value.done, value.of)
  }
}

/** Bytes: what decodes text here would put a replacement for what is no text. */
async function read(file: string): Promise<{ bytes: Uint8Array } | { unusable: string }> {
  try {
    return { bytes: await readFile(file) }
  } catch (error) {
    return { unusable: `cannot read ${file}: ${reasonOf(error)}` }
  }
}

/** The policy in a file, or why it cannot be used. */
export async function readPolicy(file: string): Promise<{ policy: Policy } | { unusable: string }> {
  const policy = await read(file)
  if ('unusable' in policy) return policy
  const text = fromUtf8(policy.bytes)
  if (text === undefined) return { unusable: `${file}: it is not UTF-8 text` }
  try {
    return { policy: parsePolicy(text) }
  } catch (error) {
    if (error instanceof TillproofError) return { unusable: `${file}: ${error.message}` }
    throw error
  }
}

/** A chain that cannot be asked leaves the anchor unchecked; it never fails the bundle. */
async function askChain(
  bytes: Uint8Array,
  policy: Policy,
  rpc: string | undefined,
): Promise<{ check: AnchorCheckResult } | { fault: string } | undefined> {
  const parsed = parseBundle(bytes)
  const query = parsed.ok ? anchorQuery(parsed.bundle, policy) : undefined
  if (rpc === undefined || query === undefined) return undefined
  const answer: ChainAnswer = await readAnchoredRoot(rpc, query)
  return 'fault' in answer ? answer : { check: { query, root: answer.root } }
}

/** Bigints as decimal text, bytes as hex: JSON has neither. */
function jsonOf(report: Report, chainFault: string | undefined): string {
  const printable = (_key: string, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    return value instanceof Uint8Array ? toHex(value) : value
  }
  return JSON.stringify({ ...report, chainFault: chainFault ?? null }, printable)
}

function textOf(report: Report, chainFault: string | undefined, explain: boolean): string {
  const lines = report.checks.flatMap(check => linesOf(check, explain))
  const fault = chainFault === undefined ? [] : [`  ?  the chain did not answer: ${chainFault}`]
  const means = explain ? [`     ${explanations.verdict[report.verdict]}`] : []
  const by = report.anchoredBy === null ? '' : ` by ${explanations.anchoredBy[report.anchoredBy]}`
  const verdict = `${report.verdict}${by} (exit ${report.exitCode})`
  const whole = [verdict, ...means, ...lines, ...fault]
  return whole.map(visible).join('\n')
}

/** Sentences quote the file, which may hold what moves a terminal's cursor or turns its text. */
function visible(line: string): string {
  return line.replace(/\p{C}|\p{Zl}|\p{Zp}/gu, odd => `\\u{${odd.codePointAt(0)?.toString(16)}}`)
}

function linesOf(check: Check, explain: boolean): string[] {
  const mark = check.ok === null ? '?' : check.ok ? '✓' : '✗'
  const line = `  ${mark}  ${check.name}: ${check.detail}`
  return explain ? [line, `       ${explanations.check[check.name]}`] : [line]
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
