/**
 * Go's `golang.org/x/mod/sumdb` as Debian packages it, asked in one go: main.go is built into a
 * folder of its own and answers one JSON question. Nothing of it is downloaded.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { hasGoModules } from '../debian.ts'

/** Hashes are base64, as encoding/json writes them; pairs are [size, index or older size]. */
export type Question = {
  Leaves: number
  Roots: number[]
  ProveRecords: [number, number][]
  ProveTrees: [number, number][]
  CheckRecords: { Size: number; Index: number; Root: string; LeafHash: string; Proof: string[] }[]
  CheckTrees: { Size: number; OldSize: number; Root: string; OldRoot: string; Proof: string[] }[]
  Tiles: [number, number][]
  SigningKey: string
  SignTexts: string[]
  VerifierKey: string
  OpenNotes: string[]
}
/** Lists in the order of the question; Go writes empty ones as null. */
export type Answer = {
  Roots: string[]
  Records: (string[] | null)[]
  Trees: (string[] | null)[]
  RecordsAgreed: boolean[]
  TreesAgreed: boolean[]
  Tiles: { Level: number; Index: number; Width: number; SHA256: string }[][]
  Signed: string[]
  Opened: boolean[]
}

/** Says loudly when Go is absent; where CI is set, absence is a fault. */
export function isGoPresent(): boolean {
  if (hasGoModules()) return true
  const message = 'golang-go and golang-golang-x-mod-dev are absent, the cross-check is skipped'
  if (process.env.CI === 'true') {
    throw new TillproofError('crosscheck.go-absent', message, 'Install both Debian packages.')
  }
  console.warn(`SKIPPED: ${message}`)
  return false
}

export function askGo(question: Question): Answer {
  const dir = mkdtempSync(join(tmpdir(), 'tillproof-crosscheck-'))
  try {
    const program = join(dir, 'crosscheck')
    const goEnv = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '', GOCACHE: dir }
    run('go', ['build', '-o', program, join(import.meta.dirname, 'main.go')], '', goEnv)
    return JSON.parse(run(program, [], JSON.stringify(question), {}))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function run(command: string, args: string[], input: string, env: Record<string, string>): string {
  const child = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  })
  if (child.status === 0) return child.stdout
  const said = `${command} ended with ${child.status}: ${child.stderr}`
  throw new TillproofError('crosscheck.go', said, 'Read what Go says.', { cause: child.error })
}
