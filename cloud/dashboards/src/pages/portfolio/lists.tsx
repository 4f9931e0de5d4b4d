/** Machines, silent machines and loans of the portfolio, filtered by the address. */
import type { Portfolio } from '@tillproof/shared/api/lending.ts'
import { Input, Segmented } from 'antd'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { choiceOf, matches, useFilter } from '../../parts/use-filter.ts'
import { useLoanColumns, useMachineColumns } from './columns.tsx'
import { isSilent, lists } from './figures.ts'

export function Lists({ portfolio }: { portfolio: Portfolio }) {
  const { t } = useTranslation()
  const filter = useFilter()
  const list = choiceOf(filter.get('list'), lists)
  const place = useScrollTo('#lists')
  const silent = portfolio.machines.filter(m => isSilent(m.lastHeardAt, portfolio.asOf))
  const counts = {
    machines: portfolio.machines.length,
    silent: silent.length,
    loans: portfolio.loans.length,
  }
  return (
    <div ref={place} id="lists">
      <Card
        flush
        title={t('portfolio.lists')}
        extra={
          <div className="filters">
            <Segmented
              aria-label={t('portfolio.lists')}
              value={list}
              options={lists.map(name => ({
                value: name,
                label: `${t(`portfolio.${name}`)} (${counts[name]})`,
              }))}
              onChange={name => filter.set('list', name)}
            />
            <Input.Search
              className="search"
              allowClear
              aria-label={t('state.search')}
              placeholder={t('portfolio.searchMachines')}
              value={filter.get('q')}
              onChange={event => filter.set('q', event.target.value)}
            />
          </div>
        }
      >
        {list === 'loans' ? (
          <Loans loans={portfolio.loans} wanted={filter.get('q')} />
        ) : (
          <Machines
            machines={list === 'silent' ? silent : portfolio.machines}
            loans={portfolio.loans}
            wanted={filter.get('q')}
            silent={list === 'silent'}
          />
        )}
      </Card>
    </div>
  )
}

/** A figure's link carries the hash, so that the list comes into view on small screens too. */
function useScrollTo(wanted: string) {
  const place = useRef<HTMLDivElement>(null)
  const { hash, key } = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each click on a figure scrolls anew.
  useEffect(() => {
    if (hash === wanted) place.current?.scrollIntoView({ block: 'start' })
  }, [hash, key, wanted])
  return place
}

type MachinesProps = {
  machines: Portfolio['machines']
  loans: Portfolio['loans']
  wanted: string
  silent: boolean
}

function Machines({ machines, loans, wanted, silent }: MachinesProps) {
  const { t } = useTranslation()
  const columns = useMachineColumns(loans)
  const rows = machines.filter(m => matches(wanted, m.label, m.site, m.deviceId))
  const empty =
    wanted !== '' && machines.length > 0
      ? { title: t('portfolio.noMatch'), next: t('portfolio.noMatchNext') }
      : silent
        ? { title: t('portfolio.noSilent'), next: t('portfolio.noSilentNext') }
        : { title: t('portfolio.noMachines'), next: t('portfolio.noMachinesNext') }
  return (
    <List
      label={t(silent ? 'portfolio.silent' : 'portfolio.machines')}
      rows={rows}
      rowKey={row => row.deviceId}
      columns={columns}
      empty={empty}
    />
  )
}

function Loans({ loans, wanted }: { loans: Portfolio['loans']; wanted: string }) {
  const { t } = useTranslation()
  const columns = useLoanColumns()
  const noMatch = wanted !== '' && loans.length > 0
  return (
    <List
      label={t('portfolio.loans')}
      rows={loans.filter(loan => matches(wanted, loan.name, loan.id))}
      rowKey={row => row.id}
      columns={columns}
      empty={{
        title: t(noMatch ? 'portfolio.noMatch' : 'portfolio.noLoans'),
        next: t(noMatch ? 'portfolio.noMatchNext' : 'portfolio.noLoansNext'),
      }}
    />
  )
}
