/** The verdict in words, and every check that led to it. */
import { CheckCircleOutlined, CloseCircleOutlined, MinusCircleOutlined } from '@ant-design/icons'
import type { Report } from '@tillproof/shared/bundle/report.ts'
import { Alert, type AlertProps, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useLanguage, useWord } from '../app/i18n/i18n.ts'
import { instantText } from '../parts/format.ts'
import { List } from '../parts/list.tsx'
import { Mark } from '../parts/marks.tsx'
import type { PolicySource } from './policy.ts'

type Check = Omit<Report['checks'][number], 'name'> & { name: string }
export type Verification = {
  report: Report
  source: PolicySource
  /** Instant at which it was checked. */
  at: string
  /** Whether a page shows what the bundle proves, where there is such a page. */
  page: readonly Check[]
}

const looks = {
  anchored: 'success',
  witnessed: 'success',
  logged: 'warning',
  invalid: 'error',
  contradicted: 'error',
} as const satisfies Record<Report['verdict'], AlertProps['type']>

export function ReportView({ verification }: { verification: Verification }) {
  const { t } = useTranslation()
  const { report, page } = verification
  const differs = page.some(check => check.ok === false)
  return (
    <div className="report" data-verdict={differs ? 'differs' : report.verdict}>
      {differs ? (
        <Alert
          type="error"
          showIcon
          role="alert"
          title={<strong>{t('verify.differs')}</strong>}
          description={t('verify.differsNext')}
        />
      ) : (
        <Verdict verification={verification} />
      )}
      <Checks checks={[...report.checks, ...page]} />
    </div>
  )
}

function Verdict({ verification }: { verification: Verification }) {
  const { t } = useTranslation()
  const word = useWord()
  const language = useLanguage()
  const { report, source, at } = verification
  return (
    <Alert
      type={looks[report.verdict]}
      showIcon
      role="status"
      title={<strong>{t(`verdict.${report.verdict}`)}</strong>}
      description={
        <>
          <p className="plain">{word('verdictMeaning', report.verdict)}</p>
          {report.anchoredBy ? (
            <p className="plain">{t(`anchoredBy.${report.anchoredBy}`)}</p>
          ) : null}
          <p className="plain small muted">
            {t(source === 'cloud' ? 'verify.usedCloud' : 'verify.usedOwn')}{' '}
            {t('verify.at', { time: instantText(at, language) })}
          </p>
        </>
      }
    />
  )
}

function Checks({ checks }: { checks: readonly Check[] }) {
  const { t } = useTranslation()
  const word = useWord()
  const rows = checks.map((check, at) => ({ ...check, at }))
  const columns: TableColumnsType<Check & { at: number }> = [
    { title: t('verify.result'), width: 140, render: (_, { ok }) => <Outcome ok={ok} /> },
    {
      title: t('verify.check'),
      render: (_, { name, detail }) => (
        <>
          {word('checkName', name)}
          <div className="muted small breakable">{detail}</div>
        </>
      ),
    },
  ]
  return (
    <List
      label={t('verify.checks')}
      rows={rows}
      rowKey={row => String(row.at)}
      columns={columns}
      empty={{ title: t('state.noData'), next: '' }}
      wraps
    />
  )
}

function Outcome({ ok }: { ok: boolean | null }) {
  const { t } = useTranslation()
  if (ok === null) {
    return (
      <Mark tone="quiet" icon={<MinusCircleOutlined />}>
        {t('verify.unchecked')}
      </Mark>
    )
  }
  return (
    <Mark tone={ok ? 'good' : 'bad'} icon={ok ? <CheckCircleOutlined /> : <CloseCircleOutlined />}>
      {t(ok ? 'verify.passed' : 'verify.failed')}
    </Mark>
  )
}
