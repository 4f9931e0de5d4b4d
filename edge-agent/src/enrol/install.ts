/**
 * Last step: the new identity becomes the gateway's identity. The old one and its journal are
 * moved aside, never deleted. Each move is a rename, in an order that a crash cannot confuse: the
 * folder `identity` appears complete or not at all.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { HomePaths } from '../config.ts'
import type { Journal } from '../journal/event-store.ts'
import { openJournalHost } from '../journal/host.ts'
import { ensureGenesis } from './genesis.ts'
import { type EnrolmentFile, IDENTITY_FILES, type Identity, loadIdentity } from './identity.ts'
import { syncFolder, writePrivate } from './progress.ts'

export type NewIdentity = {
  enrolment: Omit<EnrolmentFile, 'previous'>
  tlsKeyPem: string
  certificatePem: string
  caPem: string
  evidenceKeyHex: string
}

/** Throws `journal.locked` while an agent still runs on this home. */
export async function installIdentity(paths: HomePaths, fresh: NewIdentity): Promise<Identity> {
  const old = existsSync(paths.identity) ? loadIdentity(paths.identity) : undefined
  if (old?.codeHash !== fresh.enrolment.codeHash) {
    const previous = old ? await retireJournal(paths, old) : null
    const staged = writeStaged(paths, { ...fresh.enrolment, previous }, fresh)
    if (old) renameSync(paths.identity, `${paths.identity}.${old.deviceId}.${old.epoch}`)
    renameSync(staged, paths.identity)
    syncFolder(paths.home)
  }
  return finishInstallation(paths)
}

/** Writes the genesis event unless it is there; harmless to repeat. */
export async function finishInstallation(paths: HomePaths): Promise<Identity> {
  const identity = loadIdentity(paths.identity)
  const host = openJournalHost()
  try {
    const journal = await host.open({ path: paths.journal, origin: identity.origin })
    await ensureGenesis(journal, identity)
    await journal.close()
  } finally {
    await host.close()
  }
  return identity
}

/** Moves the old journal aside and answers where its log ended. */
async function retireJournal(paths: HomePaths, old: Identity) {
  const retired = join(paths.home, `journal.${old.deviceId}.${old.epoch}.db`)
  const path = existsSync(paths.journal) ? paths.journal : retired
  if (!existsSync(path)) return { origin: old.origin, head: null }
  const host = openJournalHost()
  try {
    // Opening takes the lock, and closing folds the write-ahead log into the file: one rename.
    const journal = await host.open({ path, origin: old.origin })
    const head = (await lastHead(journal)) ?? null
    await journal.close()
    if (path !== retired) renameSync(path, retired)
    return { origin: old.origin, head }
  } catch (error) {
    // A journal that is not whole is told to be enrolled away from: it must not stand in the way.
    if (!(error instanceof TillproofError) || !NOT_WHOLE.includes(error.code)) throw error
    if (path !== retired) renameSync(path, retired)
    return { origin: old.origin, head: null }
  } finally {
    await host.close()
  }
}

const NOT_WHOLE = ['journal.damaged', 'journal.rolled-back']

/** Of an ended log the last head that the cloud agreed to: a later one would tell a fork. */
async function lastHead(journal: Journal): Promise<string | undefined> {
  if (!journal.death()) return (await journal.newestHead())?.note
  const receipt = await journal.newestReceipt()
  return receipt && (await journal.readHead(receipt.size))
}

function writeStaged(paths: HomePaths, enrolment: EnrolmentFile, fresh: NewIdentity): string {
  const folder = `${paths.identity}.new`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string) => writePrivate(join(folder, name), text)
  write(IDENTITY_FILES.tlsKey, fresh.tlsKeyPem)
  write(IDENTITY_FILES.tlsCertificate, fresh.certificatePem)
  write(IDENTITY_FILES.ca, fresh.caPem)
  write(IDENTITY_FILES.evidenceKey, `${fresh.evidenceKeyHex}\n`)
  write(IDENTITY_FILES.enrolment, `${JSON.stringify(enrolment, null, 2)}\n`)
  return folder
}
