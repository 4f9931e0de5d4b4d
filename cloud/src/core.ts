/** What every role of a cloud process stands on: settings, secrets, database, authority, policy. */
import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { sm2 } from '@tillproof/shared/crypto/sm2.ts'
import { cloudLogOrigin, receiptKeyName, voucherKeyName } from '@tillproof/shared/ids.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { privateKeyToAccount } from 'viem/accounts'
import type { Config } from './config.ts'
import { openLog } from './log.ts'
import { type Authority, loadOrCreateAuthority } from './machines/devices/authority.ts'
import type { EnrolmentDeps } from './machines/devices/enrolment.ts'
import { type Db, openDb } from './platform/db/db.ts'
import { requireMigrated } from './platform/db/migrations.ts'
import type { Log } from './platform/db/pool.ts'
import { prepareDatabase } from './platform/db/prepare.ts'
import { setRolePasswords, urlAs } from './platform/db/roles.ts'
import { choosePort } from './platform/embedded/child.ts'
import { type Addresses, awaitAddresses, startEmbedded } from './platform/embedded/embedded.ts'
import { type CloudKeys, keepSecret, loadOrCreateKeys } from './platform/keys.ts'
import { type PolicySource, watchPolicy } from './witnesses.ts'

export type Tls = { keyPem: string; certificatePem: string; caPem: string }

export type Core = {
  config: Config
  log: Log
  keys: CloudKeys
  vkeys: { log: string; sm2: string | undefined; receipt: string; voucher: string }
  addresses: Addresses
  db: Db
  authority: Authority
  enrolment: EnrolmentDeps
  /** Of our own MQTT clients. */
  service: Tls
  policy: PolicySource
  /** What is wrong without keeping the process from serving; `/readyz` tells each. */
  problems: (() => string | undefined)[]
  publicUrl: string
  ports: { http: number; mqtt: number }
  clock: () => number
}

/** Stops what was started, newest first. */
export type Stops = (() => Promise<unknown>)[]

export async function openCore(config: Config, stops: Stops): Promise<Core> {
  const log = openLog(config.logLevel)
  const keys = await loadOrCreateKeys(config.files.keys)
  const addresses = await openAddresses(config, keys, log, stops)
  const db = openDb({ ...roleUrls(addresses.databaseUrl, keys), log, ...config.database })
  stops.push(db.close)
  const authority = await loadOrCreateAuthority(keys.dir, config.name)
  const ports = {
    http: config.http.port || (await choosePort(join(config.data, 'cloud', 'http'), !runs('api'))),
    mqtt:
      config.mqtt.port || (await choosePort(join(config.data, 'cloud', 'mqtt'), !runs('broker'))),
  }
  const publicUrl = config.http.publicUrl ?? `http://${config.http.host}:${ports.http}`
  const vkeys = vkeysOf(config, keys)
  const own = { vkey: vkeys.log, url: `${publicUrl}/log`, ...(vkeys.sm2 && { also: vkeys.sm2 }) }
  const policy = await watchPolicy(config.files.witnesses, own, log)
  stops.push(async () => policy.stop())
  return {
    config,
    log,
    keys,
    vkeys,
    addresses,
    db,
    authority,
    enrolment: { db, authority, cloudName: config.name, secret: keys.enrolment },
    service: await serviceTls(config, authority),
    policy,
    problems: [policy.problem],
    publicUrl,
    ports,
    clock: Date.now,
  }

  function runs(role: Config['roles'][number]): boolean {
    return config.roles.includes(role)
  }
}

/** The embedded children if this process has them, what it was told, or what another one has. */
async function openAddresses(
  config: Config,
  keys: CloudKeys,
  log: Log,
  stops: Stops,
): Promise<Addresses> {
  const { database, anchor, files } = config
  if (!config.roles.includes('embedded')) {
    const { url } = database
    if (url !== undefined && anchor.rpcUrl !== undefined) {
      await requireMigrated(url)
      return { databaseUrl: url, chainRpc: anchor.rpcUrl }
    }
    return awaitAddresses(files.embedded)
  }
  const fund = [anchorKey(keys), registrarKey(keys)].map(addressOf)
  const embedded = await startEmbedded({
    file: files.embedded,
    postgres: database.url === undefined ? { dir: files.postgres } : { url: database.url },
    chain:
      anchor.rpcUrl === undefined
        ? { dir: files.chain, chainId: anchor.embeddedChainId, fund }
        : { url: anchor.rpcUrl },
    log,
    prepare: async url => {
      await prepare(url, keys, log)
    },
  })
  stops.push(embedded.stop)
  return embedded
}

/** Migrations, the queue's tables, and the passwords of the roles that migrations make. */
export async function prepare(ownerUrl: string, keys: CloudKeys, log: Log): Promise<string[]> {
  const applied = await prepareDatabase(ownerUrl)
  await setRolePasswords(ownerUrl, keys.databasePassword)
  if (applied.length > 0) log('info', 'database migrated', { applied })
  return applied
}

export function roleUrls(ownerUrl: string, keys: CloudKeys) {
  return {
    apiUrl: urlAs(ownerUrl, 'tillproof_api', keys.databasePassword),
    systemUrl: urlAs(ownerUrl, 'tillproof_system', keys.databasePassword),
  }
}

/** Of the account that pays for anchors. */
export function anchorKey(keys: CloudKeys): `0x${string}` {
  return `0x${toHex(keys.anchor)}`
}

/** Of the account that pays for registering agreements. */
export function registrarKey(keys: CloudKeys): `0x${string}` {
  return `0x${toHex(keys.registrar)}`
}

function addressOf(key: `0x${string}`): string {
  return privateKeyToAccount(key).address
}

function vkeysOf({ name, log }: Config, keys: CloudKeys) {
  const of = (keyName: string, seed: Uint8Array) =>
    vkey(keyName, 'ed25519', ed25519.publicKeyOf(seed))
  return {
    log: of(cloudLogOrigin(name), keys.log),
    sm2: log.sm2 ? vkey(cloudLogOrigin(name), 'sm2', sm2.publicKeyOf(keys.sm2)) : undefined,
    receipt: of(receiptKeyName(name), keys.receipt),
    voucher: of(voucherKeyName(name), keys.voucher),
  }
}

/** One file, shared by all processes: the broker knows our own clients by this certificate. */
async function serviceTls(config: Config, authority: Authority): Promise<Tls> {
  const { external } = config.mqtt
  if (external !== undefined) {
    const read = (path: string) => readFile(path, 'utf8')
    return {
      keyPem: await read(external.keyFile),
      certificatePem: await read(external.certificateFile),
      caPem: await read(external.caFile),
    }
  }
  const text = await keepSecret(join(config.files.keys, 'service.json'), async () => {
    const { keyPem, pem } = await authority.issueService('cloud')
    return JSON.stringify({ keyPem, certificatePem: pem })
  })
  return { ...(JSON.parse(text) as Omit<Tls, 'caPem'>), caPem: authority.caPem }
}

export function fingerprintOf(pem: string): Buffer {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest()
}
