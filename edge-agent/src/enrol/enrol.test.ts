/** From a one-time code to an identity, over real HTTP and MQTT, and every way it is refused. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { homePaths } from '../config.ts'
import { openJournalHost } from '../journal/host.ts'
import { keptParts } from '../journal/retention.ts'
import { headSigner, sealAt } from '../seal/seal.ts'
import { startTestBroker, type TestBroker } from '../uplink/testing.ts'
import { type EnrolOptions, enrol } from './enrol.ts'
import { loadIdentity } from './identity.ts'
import { TEST_CLOUD_NAME, type TestAuthority, testAuthority, testCloudKeys } from './testing.ts'

const CSR_TOPIC = '$aws/certificates/create-from-csr/json'
const PROVISION_TOPIC = '$aws/provisioning-templates/test-machine/provision/json'
const FIRST = 'bako-tilu-remi'
const SECOND = 'zuvi-pomo-kide'
const DEVICE_OF: Record<string, string> = { [FIRST]: 'd000000000001', [SECOND]: 'd000000000002' }

let home: string
let authority: TestAuthority
let broker: TestBroker
let http: Server
/** What the test cloud refuses or forgets to answer, by step. */
let faults: Partial<Record<'claim' | 'certificate' | 'thing', string>>
let steps: string[]

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'tillproof-enrol-'))
  authority = await testAuthority()
  broker = await startTestBroker(authority)
  faults = {}
  steps = []
  answerProvisioning()
  http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', async () => {
      steps.push('claim')
      const { code, csrPem } = JSON.parse(Buffer.concat(chunks).toString())
      const refusal = faults.claim ?? (DEVICE_OF[code] ? undefined : 'enrolment.code-unknown')
      const body = refusal
        ? { code: refusal, title: 'refused', next: 'ask' }
        : await claimAnswer(csrPem)
      response.writeHead(refusal ? 409 : 200).end(JSON.stringify(body))
    })
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await broker.stop()
  http.closeAllConnections()
  await new Promise(resolve => http.close(resolve))
  rmSync(home, { recursive: true, force: true })
})

const noteKeys = testCloudKeys()

async function claimAnswer(csrPem: string) {
  const { receiptVkey, voucherVkey } = noteKeys
  return {
    claimCertificatePem: await authority.issue(csrPem, 'claim'),
    caPem: authority.certificatePem,
    mqttHost: 'localhost',
    mqttPort: broker.port,
    templateName: 'test-machine',
    cloudName: TEST_CLOUD_NAME,
    receiptVkey,
    voucherVkey,
  }
}

function answerProvisioning(): void {
  broker.onPublish((topic, payload) => {
    const request = JSON.parse(Buffer.from(payload).toString())
    if (topic === CSR_TOPIC) void answer(topic, 'certificate', () => certificate(request))
    if (topic === PROVISION_TOPIC) void answer(topic, 'thing', () => thing(request))
  })
}

async function answer(topic: string, step: 'certificate' | 'thing', make: () => unknown) {
  steps.push(step)
  const errorCode = faults[step]
  const rejection = JSON.stringify({ statusCode: 409, errorCode, errorMessage: 'no' })
  if (errorCode) broker.send(`${topic}/rejected`, rejection)
  else broker.send(`${topic}/accepted`, JSON.stringify(await make()))
}

async function certificate(request: { certificateSigningRequest: string }) {
  const certificatePem = await authority.issue(request.certificateSigningRequest, 'device')
  return { certificateId: 'c1', certificatePem, certificateOwnershipToken: 'token-1' }
}

function thing(request: { certificateOwnershipToken: string; parameters: Record<string, string> }) {
  const { code = '', evidenceKey = '', proof = '' } = request.parameters
  const isProven = ed25519.verify(
    fromHex(evidenceKey) ?? new Uint8Array(),
    utf8(`tillproof/enrol/v1\0${code}`),
    fromHex(proof) ?? new Uint8Array(),
  )
  expect(isProven).toBe(true)
  expect(request.certificateOwnershipToken).toBe('token-1')
  return { thingName: DEVICE_OF[code], deviceConfiguration: { epoch: '1' } }
}

function run(code: string, more: Partial<EnrolOptions> = {}) {
  return enrol({
    code,
    server: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    home,
    kind: 'vending',
    model: 'Snack 3000',
    controllerSerial: 'SN-77',
    replace: false,
    clock: systemClock,
    say: () => undefined,
    ...more,
  })
}

async function genesis() {
  const { identity: folder, journal: path } = homePaths(home)
  const { origin } = loadIdentity(folder)
  const host = openJournalHost()
  const journal = await host.open({ path, origin })
  const [first] = await journal.readEntries(0, 1)
  await journal.close()
  await host.close()
  return first && decodeOpen(keptParts(first).open).genesis
}

test('one code makes keys, certificate, identity and the genesis event', async () => {
  const identity = await run(FIRST)
  expect(identity).toMatchObject({ deviceId: 'd000000000001', epoch: 1, model: 'Snack 3000' })
  expect(steps).toEqual(['claim', 'certificate', 'thing'])
  expect(await genesis()).toMatchObject({
    model: 'Snack 3000',
    controllerSerial: 'SN-77',
    evidenceKey: identity.evidence.publicKey,
    tlsFingerprint: identity.tlsFingerprint,
  })
  const { identity: folder } = homePaths(home)
  for (const name of readdirSync(folder)) {
    expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600])
  }
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(existsSync(homePaths(home).enrolment)).toBe(false)
})

test('the same command again does nothing, another code is refused', async () => {
  const { deviceId } = await run(FIRST)
  expect((await run(FIRST)).deviceId).toBe(deviceId)
  expect(steps).toHaveLength(3)
  await expect(run(SECOND)).rejects.toMatchObject({ code: 'enrolment.already-enrolled' })
})

test('--replace moves identity and journal aside and names them in the new genesis', async () => {
  const old = await run(FIRST)
  const host = openJournalHost()
  const journal = await host.open({ path: homePaths(home).journal, origin: old.origin })
  const signer = headSigner(old.origin, old.evidence.privateKey)
  const head = await sealAt(journal, signer, journal.size())
  await expect(run(SECOND, { replace: true })).rejects.toMatchObject({ code: 'journal.locked' })
  await journal.close()
  await host.close()
  const identity = await run(SECOND, { replace: true })
  expect(identity.deviceId).toBe('d000000000002')
  expect(await genesis()).toMatchObject({ previousOrigin: old.origin, previousHead: head.note })
  expect(existsSync(join(home, 'journal.d000000000001.1.db'))).toBe(true)
  expect(existsSync(join(home, 'identity.d000000000001.1/evidence.key'))).toBe(true)
})

describe('--replace after the end of the old log', () => {
  test('names the last head that the cloud agreed to, none that it never saw', async () => {
    const old = await run(FIRST)
    const host = openJournalHost()
    const journal = await host.open({ path: homePaths(home).journal, origin: old.origin })
    const signer = headSigner(old.origin, old.evidence.privateKey)
    const agreed = await sealAt(journal, signer, 1)
    await journal.saveReceipt({ ...agreed, atMs: 1 })
    await journal.append({ events: [{ kind: 'test' }] })
    await sealAt(journal, signer, 2)
    await journal.declareDead({ reason: 'ahead-of-journal', knownSize: 9, proof: '', atMs: 1 })
    await journal.close()
    await host.close()
    await run(SECOND, { replace: true })
    expect(await genesis()).toMatchObject({ previousHead: agreed.note })
  })

  test('goes on with a journal that is damaged', async () => {
    const old = await run(FIRST)
    const db = new DatabaseSync(homePaths(home).journal)
    db.exec('UPDATE entries SET open_salt = zeroblob(16)')
    db.close()
    await run(SECOND, { replace: true })
    expect((await genesis())?.previousOrigin).toBe(old.origin)
    expect((await genesis())?.previousHead).toBeUndefined()
    expect(existsSync(join(home, 'journal.d000000000001.1.db'))).toBe(true)
  })
})

test('the command prints who the gateway is and ends by itself', async () => {
  const cli = JSON.stringify(new URL('../cli.ts', import.meta.url).href)
  const { port } = http.address() as AddressInfo
  const words = ['enrol', FIRST, '--server', `http://127.0.0.1:${port}`, '--home', home, '--json']
  const script = `import(${cli}).then(m =>
    m.agentCommand().parseAsync(${JSON.stringify(words)}, { from: 'user' }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    timeout: 15_000,
  })
  expect(JSON.parse(stdout)).toMatchObject({
    deviceId: 'd000000000001',
    origin: 'test.tillproof.local/d/d000000000001/1',
  })
})

describe('refusals', () => {
  test.each(['enrolment.code-used', 'enrolment.code-expired'])('%s', async code => {
    faults.claim = code
    await expect(run(FIRST)).rejects.toMatchObject({ code, next: 'ask' })
    expect(existsSync(homePaths(home).identity)).toBe(false)
  })

  test('an unknown code', async () => {
    const code = 'enrolment.code-unknown'
    await expect(run('nope-nope-nope')).rejects.toMatchObject({ code })
  })

  test('the broker side keeps the code of the cloud', async () => {
    faults.thing = 'enrolment.code-used'
    await expect(run(FIRST)).rejects.toMatchObject({ code: 'enrolment.code-used' })
  })

  test('a server that is not there', async () => {
    const gone = run(FIRST, { server: 'http://127.0.0.1:9' })
    await expect(gone).rejects.toMatchObject({ code: 'enrolment.server-unreachable' })
  })
})

test('a broken enrolment goes on with the same keys and without a second claim', async () => {
  faults.thing = 'enrolment.bad-ownership-token'
  await expect(run(FIRST)).rejects.toMatchObject({ code: 'enrolment.bad-ownership-token' })
  const saved = join(homePaths(home).enrolment, 'progress.json')
  const { evidenceKeyHex } = JSON.parse(readFileSync(saved, 'utf8'))
  expect(statSync(saved).mode & 0o777).toBe(0o600)
  faults = {}
  const identity = await run(FIRST)
  expect(steps).toEqual(['claim', 'certificate', 'thing', 'certificate', 'thing'])
  expect(Buffer.from(identity.evidence.privateKey).toString('hex')).toBe(evidenceKeyHex)
})
