/**
 * Second step: fleet provisioning by claim, over the topics of AWS IoT and with its own client, so
 * that the same agent enrols with our broker and with AWS IoT Core.
 *
 *   create-from-csr  ->  certificate + ownership token    (saved by the caller)
 *   provision        ->  thing name = device id
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { iot, iotidentity, mqtt } from 'aws-iot-device-sdk-v2'
import { z } from 'zod'

export type Broker = { host: string; port: number; caPem: string }
export type ClaimCredentials = { certificatePem: string; privateKeyPem: string; clientId: string }
export type NewCertificate = { certificatePem: string; ownershipToken: string }
export type Provisioning = {
  /** Asks for a certificate for the device's own key. */
  createCertificate(csrPem: string): Promise<NewCertificate>
  /** Makes the certificate good; learns the device's id, and its epoch if the cloud says it. */
  registerThing(request: {
    templateName: string
    ownershipToken: string
    parameters: Record<string, string>
  }): Promise<{ thingName: string; epoch: number }>
  close(): Promise<void>
}

const OPERATION_TIMEOUT_S = 20
const CONNECT_LIMIT_MS = 40_000

const certificateAnswer = z.object({
  certificatePem: z.string().min(1),
  certificateOwnershipToken: z.string().min(1),
})
const thingAnswer = z.object({
  thingName: z.string().regex(/^d[0-9a-z]{12}$/),
  deviceConfiguration: z.record(z.string(), z.string()).optional(),
})
const refusal = z.object({
  statusCode: z.number().optional(),
  errorCode: z.string().optional(),
  errorMessage: z.string().optional(),
})

/** Connects with the claim certificate. Throws `enrolment.broker-unreachable`. */
export async function openProvisioning(
  broker: Broker,
  claim: ClaimCredentials,
): Promise<Provisioning> {
  const connection = new mqtt.MqttClient().new_connection(connectionConfig(broker, claim))
  connection.on('error', () => undefined)
  await connectWithin(connection, broker)
  const client = iotidentity.IotIdentityClientv2.newFromMqtt311(connection, {
    maxRequestResponseSubscriptions: 4,
    maxStreamingSubscriptions: 1,
    operationTimeoutInSeconds: OPERATION_TIMEOUT_S,
  })
  return {
    async createCertificate(certificateSigningRequest) {
      const answer = await asked(client.createCertificateFromCsr({ certificateSigningRequest }))
      const { certificatePem, certificateOwnershipToken } = understood(certificateAnswer, answer)
      return { certificatePem, ownershipToken: certificateOwnershipToken }
    },
    async registerThing({ templateName, ownershipToken, parameters }) {
      const request = { templateName, certificateOwnershipToken: ownershipToken, parameters }
      const answer = understood(thingAnswer, await asked(client.registerThing(request)))
      const epoch = Number(answer.deviceConfiguration?.epoch ?? 1)
      return { thingName: answer.thingName, epoch: Number.isSafeInteger(epoch) ? epoch : 1 }
    },
    async close() {
      client.close()
      await connection.disconnect().catch(() => undefined)
    },
  }
}

function connectionConfig(broker: Broker, claim: ClaimCredentials) {
  return iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(
    claim.certificatePem,
    claim.privateKeyPem,
  )
    .with_certificate_authority(broker.caPem)
    .with_endpoint(broker.host)
    .with_port(broker.port)
    .with_client_id(claim.clientId)
    .with_clean_session(true)
    .with_keep_alive_seconds(30)
    .with_ping_timeout_ms(5000)
    .build()
}

async function connectWithin(connection: mqtt.MqttClientConnection, { host, port }: Broker) {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject('no answer in time'), CONNECT_LIMIT_MS)
  })
  try {
    await Promise.race([connection.connect(), limit])
  } catch (cause) {
    throw new TillproofError(
      'enrolment.broker-unreachable',
      `The broker ${host}:${port} cannot be reached: ${String(cause).trim() || 'closed'}.`,
      'Check that the port is open, then run the same command again: it resumes.',
      { cause },
    )
  } finally {
    clearTimeout(timer)
  }
}

/** The cloud's refusals keep their own code; silence and broken lines get ours. */
async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (cause) {
    const modeled =
      cause instanceof Error && 'modeledError' in cause ? cause.modeledError : undefined
    const parsed = refusal.safeParse(modeled)
    if (parsed.success && parsed.data.errorCode) throw refusalOf(parsed.data)
    throw new TillproofError(
      'enrolment.no-answer',
      'The cloud did not answer the enrolment.',
      'Run the same command again: it resumes where it stopped.',
      { cause },
    )
  }
}

const ADVICE: Record<string, string> = {
  'enrolment.code-unknown': 'Check the three words on the slip.',
  'enrolment.code-used': 'Ask the operator for a new slip.',
  'enrolment.code-expired': 'Ask the operator for a new slip.',
}

function refusalOf({ errorCode = '', errorMessage = '' }: z.infer<typeof refusal>): TillproofError {
  const isOurs = /^[a-z]+(\.[a-z-]+)+$/.test(errorCode)
  return new TillproofError(
    isOurs ? errorCode : 'enrolment.refused',
    `The cloud refused the enrolment: ${errorMessage || errorCode}`,
    ADVICE[errorCode] ?? 'Ask the platform operator, naming the code above.',
  )
}

function understood<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new TillproofError(
    'enrolment.server-answer',
    'The cloud answered the enrolment in a way this agent does not understand.',
    'Update the agent, or ask the platform operator.',
    { cause: parsed.error },
  )
}
