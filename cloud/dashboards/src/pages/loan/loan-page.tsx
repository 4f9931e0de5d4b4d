/** One loan: what is owed, how repayment keeps to its plan, and the machines that secure it. */
import type { Loan, Pledge } from '@tillproof/shared/api/lending.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { Figure } from '../../parts/figure.tsx'
import { basisPointsText, moneyText } from '../../parts/format.ts'
import { List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Facts, Page } from '../../parts/page.tsx'
import { PlanMark } from '../../parts/plan-mark.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { CopyableId, DayText } from '../../parts/text.tsx'
import { CurveCard } from './curve-card.tsx'
import { Repayments } from './repayments.tsx'

export function LoanPage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const { loaded, reload } = useAnswer(id, async signal => {
    const answer = await api.loan(id, signal)
    return answer.ok
      ? { ok: true, value: { loan: answer.value, asOf: new Date().toISOString() } }
      : answer
  })
  useReloadOn(['sale'], reload)
  const title = loaded.state === 'ready' ? loaded.value.loan.name : t('loan.title')
  return (
    <Page title={title} up={{ to: '/portfolio?list=loans', label: t('nav.portfolio') }}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ loan, asOf }) => (
          <>
            <LoanFigures loan={loan} asOf={asOf} />
            <CurveCard loan={loan} />
            <LoanFacts loan={loan} />
            <Pledges pledges={loan.pledges} />
            <Repayments loan={loan} />
          </>
        )}
      </LoadedView>
    </Page>
  )
}

function LoanFigures({ loan, asOf }: { loan: Loan; asOf: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const figures = ['outstanding', 'repaid', 'settled', 'planned', 'difference', 'sweep'] as const
  const values = {
    outstanding: moneyText(loan.outstanding, language),
    repaid: moneyText(loan.repaid, language),
    settled: moneyText(loan.settled, language),
    planned: moneyText(loan.plannedRepaid, language),
    difference: <PlanMark repaid={loan.repaid} planned={loan.plannedRepaid} />,
    sweep: basisPointsText(loan.sweepBasisPoints, language),
  }
  return (
    <div className="figures">
      {figures.map(name => (
        <Figure
          key={name}
          name={t(`loan.${name}`)}
          value={values[name]}
          definition={t(`loan.${name}Why`)}
          asOf={asOf}
        />
      ))}
    </div>
  )
}

function LoanFacts({ loan }: { loan: Loan }) {
  const { t } = useTranslation()
  const word = useWord()
  const language = useLanguage()
  const nameOf = useOrganisationName()
  return (
    <Card title={t('machine.facts')}>
      <Facts
        facts={[
          { label: 'ID', value: <CopyableId value={loan.id} what={loan.name} /> },
          { label: t('loan.state'), value: word('loanState', loan.state) },
          { label: t('loan.principal'), value: moneyText(loan.principal, language) },
          { label: t('loan.startedAt'), value: <DayText at={loan.startedAt} /> },
          { label: t('loan.lender'), value: nameOf(loan.lenderId) },
          { label: t('loan.borrower'), value: nameOf(loan.borrowerId) },
        ]}
      />
    </Card>
  )
}

function Pledges({ pledges }: { pledges: readonly Pledge[] }) {
  const { t } = useTranslation()
  const columns: TableColumnsType<Pledge> = [
    {
      title: t('portfolio.machine'),
      render: (_, pledge) => (
        <div className="two-lines">
          <Link to={`/machines/${pledge.deviceId}`}>{pledge.deviceLabel}</Link>
          <CopyableId value={pledge.deviceId} what={pledge.deviceLabel} />
        </div>
      ),
    },
    { title: t('loan.pledgedFrom'), render: (_, pledge) => <DayText at={pledge.from} /> },
    {
      title: t('loan.released'),
      render: (_, pledge) =>
        pledge.releasedAt === null ? t('loan.pledgeLive') : <DayText at={pledge.releasedAt} />,
    },
  ]
  return (
    <Card flush title={t('loan.pledges')}>
      <List
        label={t('loan.pledges')}
        rows={pledges}
        rowKey={row => row.id}
        columns={columns}
        empty={{ title: t('loan.noPledges'), next: t('loan.noPledgesNext') }}
      />
    </Card>
  )
}
