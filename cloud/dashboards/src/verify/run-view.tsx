/** What a check shows: how far it is while it runs, then the report or why there is none. */
import type { Progress as Steps } from '@tillproof/shared/bundle/steps.ts'
import { Button, Progress } from 'antd'
import { useTranslation } from 'react-i18next'
import type { Refusal } from '../api/client.ts'
import { ProblemView } from '../parts/states.tsx'
import { ReportView, type Verification } from './report-view.tsx'
import type { Running } from './running.ts'

type Props = { running: Running<Verification>; onStop: () => void }

export function RunView({ running, onStop }: Props) {
  const { t } = useTranslation()
  return (
    <div aria-live="polite">
      {running.state === 'busy' ? (
        <div className="progress">
          <Progress
            aria-label={t('verify.progress')}
            percent={percentOf(running.progress)}
            status="active"
          />
          <Button onClick={onStop}>{t('verify.stop')}</Button>
        </div>
      ) : null}
      {running.state === 'done' && running.answer.ok ? (
        <ReportView verification={running.answer.value} />
      ) : null}
      {running.state === 'done' && !running.answer.ok ? (
        <RefusedView refusal={running.answer} />
      ) : null}
    </div>
  )
}

/** Nothing of it is known before the first step. */
function percentOf(progress: Steps | null): number {
  return progress === null ? 0 : Math.floor((100 * progress.done) / progress.of)
}

function RefusedView({ refusal }: { refusal: Refusal }) {
  const { problem } = refusal
  return (
    <div className="report" data-refused={problem.code}>
      <ProblemView problem={problem} />
      {typeof problem.detail === 'string' ? <pre className="raw">{problem.detail}</pre> : null}
    </div>
  )
}
