/** Why an enrolment is refused, and how each refusal is said over HTTP and over MQTT. */

export type EnrolmentRefusal =
  | 'code-unknown'
  | 'code-used'
  | 'code-expired'
  | 'bad-certificate-request'
  | 'bad-ownership-token'
  | 'bad-evidence-key'
  | 'evidence-key-in-use'

type Said = { status: number; title: string; next: string }

export const enrolmentRefusals: Record<EnrolmentRefusal, Said> = {
  'code-unknown': {
    status: 404,
    title: 'There is no enrolment with this code.',
    next: 'Compare the code with the slip, and the address with the cloud that printed it.',
  },
  'code-used': {
    status: 409,
    title: 'This code was used already.',
    next: 'Ask for a new enrolment slip; each code serves one machine.',
  },
  'code-expired': {
    status: 410,
    title: 'This code has expired.',
    next: 'Ask for a new enrolment slip.',
  },
  'bad-certificate-request': {
    status: 400,
    title: 'The certificate request is not a signed PKCS#10 request for a P-256 key.',
    next: 'Make it anew with the agent of this version.',
  },
  'bad-ownership-token': {
    status: 403,
    title: 'The ownership token is unknown or older than an hour.',
    next: 'Run the enrolment again; it goes on where it can.',
  },
  'bad-evidence-key': {
    status: 400,
    title: 'The evidence key is not acceptable, or its proof does not fit.',
    next: 'Make a new evidence key on the machine and enrol again.',
  },
  'evidence-key-in-use': {
    status: 409,
    title: 'The evidence key belongs to a registered log already.',
    next: 'Make a new evidence key on the machine; a key signs one log only.',
  },
}
