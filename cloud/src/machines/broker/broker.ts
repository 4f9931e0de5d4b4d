/**
 * The embedded MQTT broker: aedes behind mutual TLS. A connection's certificate is looked up by
 * fingerprint and gives it an identity; acl.ts says what that identity may do. Claims are answered
 * here, each on its own connection only. Nothing is kept in memory for machines that are away: the
 * journal on the machine is the queue.
 */
import { createHash } from 'node:crypto'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Aedes, type AuthenticateError, type Client } from 'aedes'
import type { Db } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import type { EnrolmentDeps } from '../devices/enrolment.ts'
import { answerProvisioning } from '../devices/provisioning.ts'
import { findLiveCertificate } from '../devices/store.ts'
import { type Identity, mayPublish, maySubscribe, mayUseClientId } from './acl.ts'
import { limitPackets } from './packet-limit.ts'
import { type Session, watchSessions } from './sessions.ts'

export type BrokerOptions = {
  db: Db
  log: Log
  host: string
  /** 0 takes any that is free. */
  port: number
  tls: { keyPem: string; certificatePem: string; caPem: string }
  /** Tells our own clients' certificates, which are in no table. */
  isService(fingerprint: Uint8Array): boolean
  enrolment: EnrolmentDeps
}
export type Broker = { port: number; close(): Promise<void> }

/** Above what a batch may have, so that ingest can refuse it by name; below what could hurt. */
const MOST_PAYLOAD_BYTES = 262_144
/** Payload, topic and packet id. */
const MOST_PACKET_BYTES = MOST_PAYLOAD_BYTES + 1_024
const CONNECT_TIMEOUT_MS = 10_000
const KEEP_ALIVE_LIMIT_S = 1_200

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  // Who a connection is, from its first packet on; and the connections that stand.
  const known = new WeakMap<Client, Session>()
  const sessions = new Map<Client, Session>()
  const sockets = new WeakMap<Client['conn'], TLSSocket>()
  const aedes = await Aedes.createBroker({
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepaliveLimit: KEEP_ALIVE_LIMIT_S,
    authenticate: (client, _username, _password, done) => {
      identify(options, client, sockets.get(client.conn)).then(
        session => {
          if (session === undefined) return done(refusal('not authorized', 5), false)
          known.set(client, session)
          done(null, true)
        },
        () => done(refusal('try again later', 3), false),
      )
    },
    authorizePublish: (client, packet, done) => {
      const session = client === null ? undefined : known.get(client)
      const allowed = session !== undefined && mayPublish(session.identity, packet.topic)
      const sound = packet.retain !== true && packet.payload.length <= MOST_PAYLOAD_BYTES
      if (client === null || !allowed || !sound) return done(refusal('publish refused', 5))
      if (session.identity.kind === 'claim') answer(options, client, session, packet)
      done(null)
    },
    authorizeSubscribe: (client, subscription, done) => {
      const identity = known.get(client)?.identity
      const allowed = identity !== undefined && maySubscribe(identity, subscription.topic)
      done(null, allowed ? subscription : null)
    },
  })
  // Noise on a connection ends that connection; it is counted in the log and nothing else.
  const noise = (client: Client, error: Error) =>
    options.log('info', 'connection ended', { client: client.id, reason: error.message })
  aedes.on('clientError', noise)
  aedes.on('connectionError', noise)

  const watch = watchSessions({ db: options.db, log: options.log, sessions })
  aedes.on('clientReady', client => {
    const session = known.get(client)
    if (session !== undefined) sessions.set(client, session)
    watch.changed()
  })
  aedes.on('clientDisconnect', client => {
    sessions.delete(client)
    watch.changed()
  })

  const server = createServer(tlsOptions(options), socket => {
    const limited = limitPackets(socket, MOST_PACKET_BYTES)
    sockets.set(limited, socket)
    aedes.handle(limited)
  })
  server.on('tlsClientError', error =>
    options.log('info', 'TLS refused', { reason: error.message }),
  )
  const port = await bind(server, options)
  return {
    port,
    async close() {
      await watch.close()
      await new Promise<void>(resolve => aedes.close(() => resolve()))
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

function tlsOptions({ tls }: BrokerOptions) {
  return {
    key: tls.keyPem,
    cert: tls.certificatePem,
    ca: tls.caPem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2' as const,
    handshakeTimeout: CONNECT_TIMEOUT_MS,
  }
}

/** Who is behind a connection; undefined when nobody we know, or not under that client id. */
async function identify(
  options: BrokerOptions,
  client: Client,
  socket: TLSSocket | undefined,
): Promise<Session | undefined> {
  const certificate = socket?.getPeerCertificate()
  if (certificate?.raw === undefined) return undefined
  const fingerprint = new Uint8Array(createHash('sha256').update(certificate.raw).digest())
  const identity = options.isService(fingerprint)
    ? ({ kind: 'service' } as const)
    : await registeredIdentity(options.db, fingerprint)
  // Sessions that outlive their connection would pile up what machines do not read.
  if (identity === undefined || !client.clean || !mayUseClientId(identity, client.id)) {
    const about = { client: client.id, fingerprint: toHex(fingerprint) }
    options.log('info', 'connection refused', about)
    return undefined
  }
  return { identity, fingerprint, answering: Promise.resolve(), asked: 0 }
}

async function registeredIdentity(db: Db, fingerprint: Uint8Array): Promise<Identity | undefined> {
  const row = await db.withSystem(tx => findLiveCertificate(tx, fingerprint), { idempotent: true })
  if (row === undefined) return undefined
  const operatorId = row.operator_id
  if (row.purpose === 'claim') return { kind: 'claim', enrolmentId: row.enrolment_id, operatorId }
  return row.device_id === null
    ? undefined
    : { kind: 'device', deviceId: row.device_id, operatorId }
}

/** An enrolment takes two questions; repeats after lost answers included, this is plenty. */
const MOST_QUESTIONS = 20

function answer(
  options: BrokerOptions,
  client: Client,
  session: Session,
  packet: { topic: string; payload: Buffer | string },
): void {
  const { identity } = session
  session.asked += 1
  if (identity.kind !== 'claim' || session.asked > MOST_QUESTIONS) {
    client.close()
    return
  }
  const payload = Buffer.from(packet.payload)
  session.answering = session.answering
    .then(() => answerProvisioning(options.enrolment, identity, packet.topic, payload))
    .then(
      ({ topic, payload: said }) => {
        const message = { topic, payload: said, qos: 0 as const, retain: false, dup: false }
        // The broker calls this back without asking whether it is there.
        client.publish({ cmd: 'publish', ...message }, () => undefined)
      },
      error => {
        options.log('error', 'enrolment failed', { reason: (error as Error).stack })
        client.close()
      },
    )
}

function refusal(message: string, returnCode: number): AuthenticateError {
  const error = new TillproofError('broker.refused', message, 'see the log of the cloud')
  return Object.assign(error, { returnCode }) as AuthenticateError
}

function bind(server: Server, { host, port }: BrokerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(
        new TillproofError(
          'broker.cannot-listen',
          `the MQTT broker cannot listen on ${host}:${port}`,
          'stop what uses the port, or choose another one',
          { cause },
        ),
      ),
    )
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
