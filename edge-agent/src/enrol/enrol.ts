/**
 * `tillproof agent enrol`: from a one-time code to an identity with its genesis event. Every step
 * saves what it got before the next one begins, so that the same command resumes after anything.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519, sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Clock } from '../clock.ts'
import { homePaths } from '../config.ts'
import { requestClaim } from './claim.ts'
import { type Identity, loadIdentity } from './identity.ts'
import { finishInstallation, installIdentity } from './install.ts'
import { certificateRequest } from './keys.ts'
import { clearProgress, openProgress, type Progress, saveProgress } from './progress.ts'
import { openProvisioning, type Provisioning } from './provision.ts'

export type EnrolOptions = {
  code: string
  /** Base URL of the cloud's API. */
  server: string
  home: string
  kind: string
  model: string
  controllerSerial: string
  /** Whether an existing identity may be moved aside. */
  replace: boolean
  clock: Clock
  /** Tells a person what happens, one line at a time. */
  say(line: string): void
}

/** Claims and ownership tokens live an hour or more; older ones are asked for anew. */
const FRESH_MS = 50 * 60_000
const PROOF_DOMAIN = 'tillproof/enrol/v1\0'

/** Throws coded `enrolment.*` errors; each names the next step. */
export async function enrol(options: EnrolOptions): Promise<Identity> {
  const paths = homePaths(options.home)
  const code = options.code.trim()
  const present = existsSync(paths.identity) ? loadIdentity(paths.identity) : undefined
  if (present?.codeHash === codeHash(code)) {
    options.say(`This code has already enrolled this gateway as ${present.deviceId}.`)
    return finishInstallation(paths)
  }
  if (present && !options.replace) throw alreadyEnrolled(present)
  mkdirSync(paths.home, { recursive: true, mode: 0o700 })
  const progress = await openProgress(paths.enrolment, code, options.server)
  const save = () => saveProgress(paths.enrolment, progress)
  await takeClaim(progress, save, options)
  await takeIdentity(progress, save, options)
  const identity = await installIdentity(paths, identityOf(progress, options))
  clearProgress(paths.enrolment)
  return identity
}

export function codeHash(code: string): string {
  return toHex(sha256(utf8(code.trim())))
}

async function takeClaim(progress: Progress, save: () => void, { clock, say }: EnrolOptions) {
  if (progress.thing || isFresh(progress.claim, clock)) return say('Going on where it stopped.')
  const csrPem = await certificateRequest(progress.claimKeyPem, 'claim')
  const claim = await requestClaim(progress.server, progress.code, csrPem)
  progress.claim = { ...claim, atMs: clock.nowMs() }
  save()
  say(`The code is good: ${claim.cloudName} gave a claim certificate.`)
}

function isFresh(saved: { atMs: number } | undefined, clock: Clock): boolean {
  const ageMs = clock.nowMs() - (saved?.atMs ?? Number.NEGATIVE_INFINITY)
  return ageMs >= 0 && ageMs < FRESH_MS
}

async function takeIdentity(progress: Progress, save: () => void, options: EnrolOptions) {
  if (progress.thing) return
  const { host, port, caPem, certificatePem } = brokerOf(progress)
  const provisioning = await openProvisioning(
    { host, port, caPem },
    { certificatePem, privateKeyPem: progress.claimKeyPem, clientId: clientIdOf(progress) },
  )
  try {
    await takeCertificate(progress, save, options, provisioning)
    await registerThing(progress, save, options, provisioning)
  } finally {
    await provisioning.close()
  }
}

async function takeCertificate(
  progress: Progress,
  save: () => void,
  { clock, say }: EnrolOptions,
  provisioning: Provisioning,
) {
  if (isFresh(progress.certificate, clock)) return
  const csrPem = await certificateRequest(progress.tlsKeyPem, 'tillproof gateway')
  const { certificatePem: pem, ownershipToken } = await provisioning.createCertificate(csrPem)
  progress.certificate = { pem, ownershipToken, atMs: clock.nowMs() }
  save()
  say('The certificate for the key of this gateway is here.')
}

async function registerThing(
  progress: Progress,
  save: () => void,
  { model, controllerSerial, say }: EnrolOptions,
  provisioning: Provisioning,
) {
  const privateKey = fromHex(progress.evidenceKeyHex) ?? new Uint8Array()
  const request = {
    templateName: progress.claim?.templateName ?? '',
    ownershipToken: progress.certificate?.ownershipToken ?? '',
    parameters: {
      code: progress.code,
      model,
      controllerSerial,
      evidenceKey: toHex(ed25519.publicKeyOf(privateKey)),
      proof: toHex(ed25519.sign(privateKey, utf8(`${PROOF_DOMAIN}${progress.code}`))),
    },
  }
  const { thingName, epoch } = await provisioning.registerThing(request).catch(error => {
    // Without a good token the next run has to ask for another certificate.
    if (error.code === 'enrolment.bad-ownership-token') delete progress.certificate
    save()
    throw error
  })
  progress.thing = { deviceId: thingName, epoch }
  save()
  say(`The gateway is registered as ${thingName}.`)
}

function identityOf(progress: Progress, options: EnrolOptions) {
  const { claim, thing, certificate } = progress
  if (!claim || !thing || !certificate) throw incomplete()
  return {
    tlsKeyPem: progress.tlsKeyPem,
    certificatePem: certificate.pem,
    caPem: claim.caPem,
    evidenceKeyHex: progress.evidenceKeyHex,
    enrolment: {
      v: 1 as const,
      deviceId: thing.deviceId,
      epoch: thing.epoch,
      cloudName: claim.cloudName,
      server: progress.server,
      mqttHost: claim.mqttHost,
      mqttPort: claim.mqttPort,
      receiptVkey: claim.receiptVkey,
      voucherVkey: claim.voucherVkey,
      ...(claim.logVkey === undefined ? {} : { logVkey: claim.logVkey }),
      kind: options.kind,
      model: options.model,
      controllerSerial: options.controllerSerial,
      enrolledAtMs: options.clock.nowMs(),
      codeHash: codeHash(progress.code),
    },
  }
}

function brokerOf({ claim }: Progress) {
  if (!claim) throw incomplete()
  const { mqttHost: host, mqttPort: port, caPem, claimCertificatePem: certificatePem } = claim
  return { host, port, caPem, certificatePem }
}

/** The same key comes back under the same name, so that a lingering session is taken over. */
function clientIdOf({ claimKeyPem }: Progress): string {
  return `claim-${toHex(sha256(utf8(claimKeyPem))).slice(0, 16)}`
}

function alreadyEnrolled({ deviceId, cloudName }: Identity): TillproofError {
  return new TillproofError(
    'enrolment.already-enrolled',
    `This gateway is already ${deviceId} of ${cloudName}.`,
    'Nothing needs doing. To replace the identity, use --replace with a new code.',
  )
}

function incomplete(): TillproofError {
  return new TillproofError(
    'enrolment.incomplete',
    'The enrolment has not reached its end.',
    'Run the same command again.',
  )
}
