/** What a page shows while it has nothing to show: loading, failed, empty, out of date. */

import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Alert, Button, Empty, Skeleton } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Loaded } from '../api/use-answer.ts'
import { useCloudWord } from '../app/i18n/cloud-words.ts'

export function LoadingView() {
  const { t } = useTranslation()
  return (
    <div className="waiting" role="status">
      <span className="hidden-text">{t('state.loading')}</span>
      <Skeleton active paragraph={{ rows: 4 }} />
    </div>
  )
}

/** A refusal in words: what went wrong, what to do next, and its code for support. */
export function ProblemView({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { t } = useTranslation()
  const { title, next } = useProblemWords(problem)
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title}
      description={
        <>
          <p className="plain">{t('state.next', { next })}</p>
          <p className="plain muted small">{t('state.code', { code: problem.code })}</p>
        </>
      }
      action={onRetry ? <Button onClick={onRetry}>{t('state.retry')}</Button> : null}
    />
  )
}

export function useProblemWords(problem: Problem): { title: string; next: string } {
  const word = useCloudWord()
  return {
    title: word('problemTitle', problem.code, problem.title),
    next: word('problemNext', problem.code, problem.next),
  }
}

export function EmptyView({ title, next }: { title: string; next: string }) {
  return (
    <Empty
      image={Empty.PRESENTED_IMAGE_SIMPLE}
      description={
        <>
          <strong>{title}</strong>
          <br />
          <span className="muted">{next}</span>
        </>
      }
    />
  )
}

type LoadedViewProps<T> = {
  loaded: Loaded<T>
  onRetry: () => void
  children: (value: T) => ReactNode
}

/** Shows a loaded value, or why there is none; a value that could not be renewed says so. */
export function LoadedView<T>({ loaded, onRetry, children }: LoadedViewProps<T>) {
  switch (loaded.state) {
    case 'loading':
      return <LoadingView />
    case 'failed':
      return <ProblemView problem={loaded.problem} onRetry={onRetry} />
    case 'ready':
      return (
        <>
          {loaded.problem ? <OldView problem={loaded.problem} onRetry={onRetry} /> : null}
          {children(loaded.value)}
        </>
      )
  }
}

function OldView({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const { t } = useTranslation()
  const { title } = useProblemWords(problem)
  return (
    <Alert
      className="spaced"
      type="warning"
      showIcon
      title={t('state.old', { title })}
      action={
        <Button size="small" onClick={onRetry}>
          {t('state.retry')}
        </Button>
      }
    />
  )
}
