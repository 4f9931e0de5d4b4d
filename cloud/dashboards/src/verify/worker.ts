/**
 * The background worker that verifies: hashing ten thousand events takes a browser seconds, and the
 * page has to go on answering meanwhile. One worker does one verification.
 */
import { MAX_PACKED_BYTES } from '@tillproof/shared/bundle/packed.ts'
import { verifySteps } from '@tillproof/shared/bundle/verify.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import type { BundleSource, VerifyMessage, VerifyRequest } from './message.ts'

/** What is larger is no bundle and is not read into memory; JSON takes half of it at most. */
const MAX_FILE_BYTES = MAX_PACKED_BYTES

addEventListener('message', ({ data }: MessageEvent<VerifyRequest>) => {
  verify(data).catch((fault: unknown) => say({ broken: String(fault) }))
})

async function verify({ bundle, policy, block }: VerifyRequest): Promise<void> {
  const blocks = block === '' ? [] : [block]
  const steps = verifySteps(await read(bundle), parsePolicy(policy), { blocks })
  for (;;) {
    const { done, value } = steps.next()
    if (done) return say({ report: value })
    say({ progress: value })
  }
}

/** Of a file its bytes: decoding them here would hide what is no text. */
async function read(bundle: BundleSource): Promise<string | Uint8Array> {
  if (typeof bundle === 'string') return bundle
  return bundle.size > MAX_FILE_BYTES ? '' : new Uint8Array(await bundle.arrayBuffer())
}

function say(message: VerifyMessage): void {
  postMessage(message)
}
