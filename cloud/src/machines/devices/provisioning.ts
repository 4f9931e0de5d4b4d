/**
 * AWS IoT Core's fleet provisioning topics, answered for connections made with a claim certificate:
 *
 *   $aws/certificates/create-from-csr/json                  → …/accepted | …/rejected
 *   $aws/provisioning-templates/<template>/provision/json   → …/accepted | …/rejected
 *
 * so that the agent's one code path enrols with us and with AWS alike. Pure but for the two steps
 * it calls: payload in, the answer's topic and payload out.
 */

import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { z } from 'zod'
import { type Claimer, createCertificate, type EnrolmentDeps, register } from './enrolment.ts'
import { type EnrolmentRefusal, enrolmentRefusals } from './errors.ts'

export const TEMPLATE = 'tillproof-machine'
export const CREATE_TOPIC = '$aws/certificates/create-from-csr/json'
export const PROVISION_TOPIC = `$aws/provisioning-templates/${TEMPLATE}/provision/json`

export type Answer = { topic: string; payload: string }

const createRequest = z.object({ certificateSigningRequest: z.string().max(8192) })
const provisionRequest = z.object({
  certificateOwnershipToken: z.string().max(512),
  parameters: z.object({
    code: z.string().min(1).max(80),
    model: z.string().min(1).max(128),
    controllerSerial: z.string().min(1).max(128),
    evidenceKey: z.string().length(64),
    proof: z.string().length(128),
  }),
})

export function isProvisioningTopic(topic: string): boolean {
  return topic === CREATE_TOPIC || topic === PROVISION_TOPIC
}

export async function answerProvisioning(
  deps: EnrolmentDeps,
  claimer: Claimer,
  topic: string,
  payload: Uint8Array,
): Promise<Answer> {
  const request = parseJson(payload)
  return topic === CREATE_TOPIC
    ? create(deps, claimer, createRequest.safeParse(request))
    : provision(deps, claimer, provisionRequest.safeParse(request))
}

async function create(
  deps: EnrolmentDeps,
  claimer: Claimer,
  request: z.ZodSafeParseResult<z.infer<typeof createRequest>>,
): Promise<Answer> {
  if (!request.success) return malformed(CREATE_TOPIC, request.error)
  const made = await createCertificate(deps, claimer, request.data.certificateSigningRequest)
  if (!made.ok) return rejected(CREATE_TOPIC, made.refused)
  return accepted(CREATE_TOPIC, {
    certificateId: toHex(made.fingerprint),
    certificatePem: made.certificatePem,
    certificateOwnershipToken: made.ownershipToken,
  })
}

async function provision(
  deps: EnrolmentDeps,
  claimer: Claimer,
  request: z.ZodSafeParseResult<z.infer<typeof provisionRequest>>,
): Promise<Answer> {
  if (!request.success) return malformed(PROVISION_TOPIC, request.error)
  const { certificateOwnershipToken: ownershipToken, parameters } = request.data
  const made = await register(deps, claimer, { ownershipToken, ...parameters })
  if (!made.ok) return rejected(PROVISION_TOPIC, made.refused)
  const { deviceId, epoch, origin } = made
  return accepted(PROVISION_TOPIC, {
    // AWS knows only texts here.
    deviceConfiguration: { epoch: String(epoch), cloudName: deps.cloudName, origin },
    thingName: deviceId,
  })
}

function accepted(topic: string, body: object): Answer {
  return { topic: `${topic}/accepted`, payload: JSON.stringify(body) }
}

function rejected(topic: string, refusal: EnrolmentRefusal): Answer {
  const { status, title } = enrolmentRefusals[refusal]
  return failure(topic, status, `enrolment.${refusal}`, title)
}

function malformed(topic: string, error: z.ZodError): Answer {
  return failure(topic, 400, 'InvalidPayload', z.prettifyError(error).slice(0, 400))
}

function failure(topic: string, statusCode: number, errorCode: string, errorMessage: string) {
  return {
    topic: `${topic}/rejected`,
    payload: JSON.stringify({ statusCode, errorCode, errorMessage }),
  }
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(payload) ?? '')
  } catch {
    return undefined
  }
}
