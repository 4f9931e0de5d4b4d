/** `tillproof tlog check`: runs vector files, and every JSON file in folders, and counts. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Judged, judgeVector, type VectorKind } from './vector.ts'

export type CheckReport = {
  vectors: number
  agree: number
  byKind: Record<VectorKind, { vectors: number; agree: number }>
  disagreements: { file: string; kind: VectorKind; fault: string }[]
  unreadable: { file: string; reason: string }[]
}

/** 1 when a vector disagrees, 2 when something could not be read or there was nothing to run. */
export function exitCodeOf(report: CheckReport): 0 | 1 | 2 {
  if (report.disagreements.length > 0) return 1
  return report.unreadable.length > 0 ? 2 : 0
}

/** A file holds one vector or an array of them; in folders only `*.json` is read. */
export async function checkVectors(paths: readonly string[]): Promise<CheckReport> {
  const report = emptyReport()
  for (const path of paths) {
    const found = await filesOf(path)
    if ('reason' in found) report.unreadable.push({ file: path, reason: found.reason })
    else for (const file of found.files) await checkFile(report, file)
  }
  return report
}

export function reportText(report: CheckReport): string {
  const kinds = Object.entries(report.byKind).filter(([, { vectors }]) => vectors > 0)
  return [
    ...report.disagreements.map(({ file, kind, fault }) => `✗ ${file} (${kind}): ${fault}`),
    ...kinds.map(([kind, { vectors, agree }]) => `${kind}: ${agree} of ${vectors} agree`),
    `${report.agree} of ${report.vectors} vectors agree`,
  ].join('\n')
}

/** One line a file that could not be read, and what to do; empty when there is none. */
export function unreadableText({ unreadable }: CheckReport): string {
  if (unreadable.length === 0) return ''
  const lines = unreadable.map(({ file, reason }) => `tillproof: cannot read ${file}: ${reason}\n`)
  return `${lines.join('')}  next: give JSON files of vectors, or folders that hold them\n`
}

function emptyReport(): CheckReport {
  const none = () => ({ vectors: 0, agree: 0 })
  const byKind = { inclusion: none(), consistency: none(), roots: none() }
  return { vectors: 0, agree: 0, byKind, disagreements: [], unreadable: [] }
}

async function filesOf(path: string): Promise<{ files: string[] } | { reason: string }> {
  try {
    if (!(await stat(path)).isDirectory()) return { files: [path] }
    const names = await readdir(path, { recursive: true })
    const files = names.filter(name => name.endsWith('.json')).sort()
    if (files.length === 0) return { reason: 'there is no JSON file in this folder' }
    return { files: files.map(name => join(path, name)) }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

async function checkFile(report: CheckReport, file: string): Promise<void> {
  const read = await readJson(file)
  if ('reason' in read) {
    report.unreadable.push({ file, reason: read.reason })
    return
  }
  const vectors: unknown[] = Array.isArray(read.json) ? read.json : [read.json]
  if (vectors.length === 0) report.unreadable.push({ file, reason: 'it holds no vector' })
  for (const vector of vectors) count(report, file, judgeVector(vector))
}

function count(report: CheckReport, file: string, judged: ReturnType<typeof judgeVector>): void {
  if ('unreadable' in judged) report.unreadable.push({ file, reason: judged.unreadable })
  else countJudged(report, file, judged)
}

function countJudged(report: CheckReport, file: string, { kind, fault }: Judged): void {
  const agrees = fault === undefined ? 1 : 0
  const ofKind = report.byKind[kind]
  report.vectors += 1
  report.agree += agrees
  ofKind.vectors += 1
  ofKind.agree += agrees
  if (fault !== undefined) report.disagreements.push({ file, kind, fault })
}

async function readJson(file: string): Promise<{ json: unknown } | { reason: string }> {
  try {
    return { json: JSON.parse(await readFile(file, 'utf8')) }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
