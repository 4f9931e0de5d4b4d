/** Columns of the portfolio's machines and loans; every name leads to its page. */
import type { Portfolio } from '@tillproof/shared/api/lending.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { basisPointsText } from '../../parts/format.ts'
import { byMoney, byText } from '../../parts/list.tsx'
import { Liveness } from '../../parts/marks.tsx'
import { PlanMark } from '../../parts/plan-mark.tsx'
import { AgoText, CopyableId, CountText, MoneyText } from '../../parts/text.tsx'

type Machine = Portfolio['machines'][number]
type Loan = Portfolio['loans'][number]

export function useMachineColumns(loans: readonly Loan[]): TableColumnsType<Machine> {
  const { t } = useTranslation()
  const word = useWord()
  return [
    {
      title: t('portfolio.machine'),
      sorter: byText(m => m.label),
      render: (_, m) => (
        <div className="two-lines">
          <Link to={`/machines/${m.deviceId}`}>{m.label}</Link>
          <CopyableId value={m.deviceId} what={m.label} />
        </div>
      ),
    },
    {
      title: t('portfolio.liveness'),
      sorter: byText(m => m.liveness),
      render: (_, m) => (
        <div className="two-lines">
          <Liveness value={m.liveness} />
          <span className="muted small">
            <AgoText at={m.lastHeardAt} />
          </span>
        </div>
      ),
    },
    {
      title: t('portfolio.site'),
      sorter: byText(m => m.site),
      render: (_, m) => (
        <div className="two-lines">
          <span className="wrap">{m.site}</span>
          <span className="muted small">{word('machineKind', m.kind)}</span>
        </div>
      ),
    },
    {
      title: t('portfolio.takings'),
      align: 'end',
      sorter: byMoney(m => m.takings),
      render: (_, m) => <MoneyText money={m.takings} />,
    },
    {
      title: t('portfolio.sales'),
      align: 'end',
      sorter: (a, b) => a.sales - b.sales,
      render: (_, m) => (
        <Link to={`/sales?machine=${m.deviceId}`}>
          <CountText value={m.sales} />
        </Link>
      ),
    },
    {
      title: t('portfolio.repaid'),
      align: 'end',
      sorter: byMoney(m => m.repaid),
      render: (_, m) => <MoneyText money={m.repaid} />,
    },
    { title: t('portfolio.loan'), render: (_, m) => <LoanLink id={m.loanId} loans={loans} /> },
  ]
}

function LoanLink({ id, loans }: { id: string | null; loans: readonly Loan[] }) {
  const { t } = useTranslation()
  if (id === null) return <span className="muted">{t('portfolio.notPledged')}</span>
  return (
    <Link className="wrap" to={`/loans/${id}`}>
      {loans.find(loan => loan.id === id)?.name ?? id}
    </Link>
  )
}

export function useLoanColumns(): TableColumnsType<Loan> {
  const { t } = useTranslation()
  const word = useWord()
  const language = useLanguage()
  return [
    {
      title: t('loan.name'),
      sorter: byText(loan => loan.name),
      render: (_, loan) => <Link to={`/loans/${loan.id}`}>{loan.name}</Link>,
    },
    { title: t('loan.state'), render: (_, loan) => word('loanState', loan.state) },
    {
      title: t('loan.principal'),
      align: 'end',
      render: (_, loan) => <MoneyText money={loan.principal} />,
    },
    {
      title: t('loan.outstanding'),
      align: 'end',
      sorter: byMoney(loan => loan.outstanding),
      render: (_, loan) => <MoneyText money={loan.outstanding} />,
    },
    {
      title: t('loan.repaid'),
      align: 'end',
      sorter: byMoney(loan => loan.repaid),
      render: (_, loan) => <MoneyText money={loan.repaid} />,
    },
    {
      title: t('loan.planned'),
      align: 'end',
      render: (_, loan) => <MoneyText money={loan.plannedRepaid} />,
    },
    {
      title: t('loan.difference'),
      render: (_, loan) => <PlanMark repaid={loan.repaid} planned={loan.plannedRepaid} />,
    },
    {
      title: t('loan.sweep'),
      align: 'end',
      render: (_, loan) => basisPointsText(loan.sweepBasisPoints, language),
    },
  ]
}
