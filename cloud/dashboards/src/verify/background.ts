/** Verifies in a background worker, so that the page stays awake, and says how far it is. */
import type { Report } from '@tillproof/shared/bundle/report.ts'
import type { Progress } from '@tillproof/shared/bundle/steps.ts'
import type { Answer } from '../api/client.ts'
import type { VerifyMessage, VerifyRequest } from './message.ts'

export type Watch = { onProgress: (progress: Progress) => void; signal: AbortSignal }

/** Rejects with the signal's reason when it is stopped. */
export function verifyInBackground(request: VerifyRequest, watch: Watch): Promise<Answer<Report>> {
  const { onProgress, signal } = watch
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  const answered = new Promise<Answer<Report>>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    worker.addEventListener('error', ({ message }) => resolve(broken(message)))
    worker.addEventListener('message', ({ data }: MessageEvent<VerifyMessage>) => {
      if ('progress' in data) onProgress(data.progress)
      else resolve('report' in data ? { ok: true, value: data.report } : broken(data.broken))
    })
    worker.postMessage(request)
  })
  return answered.finally(() => worker.terminate())
}

function broken(detail: string): Answer<Report> {
  const next = 'Reload the page and try again, or verify the file with the command.'
  const title = 'The check broke off.'
  return { ok: false, status: 0, problem: { code: 'verify.broken', title, next, detail } }
}
