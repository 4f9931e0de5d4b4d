/** One account in a period: opening balance, movements and their evidence, closing balance. */
import type { Statement } from '@tillproof/shared/api/statements.ts'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountPeriod } from '../../api/resources.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { useAccountWords } from '../../parts/account-name.tsx'
import { balanceOf } from '../../parts/balance.ts'
import { BalanceText } from '../../parts/balance-text.tsx'
import { instantsOf } from '../../parts/days.ts'
import { DaysChoice, useDays } from '../../parts/days-choice.tsx'
import { Figure } from '../../parts/figure.tsx'
import { instantText, moneyText } from '../../parts/format.ts'
import { List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Page } from '../../parts/page.tsx'
import { EmptyView, LoadedView } from '../../parts/states.tsx'
import { CopyableId } from '../../parts/text.tsx'
import { useFilter } from '../../parts/use-filter.ts'
import { useMovementColumns } from './columns.tsx'
import { Paper } from './paper.tsx'
import { TakeAway } from './take-away.tsx'

export function StatementPage() {
  const { t } = useTranslation()
  const { get } = useFilter()
  const nameOf = useOrganisationName()
  const words = useAccountWords(nameOf)
  const [paper, setPaper] = useState<Statement | null>(null)
  const named = { book: get('book'), account: get('account'), currency: get('currency') }
  const asked = { ...named, ...instantsOf(useDays()) }
  const isChosen = named.book !== '' && named.account !== '' && named.currency !== ''
  const up = { to: '/statements', label: t('statements.title') }
  if (!isChosen) {
    return (
      <Page title={t('statements.one')} up={up}>
        <EmptyView title={t('statements.notChosen')} next={t('statements.notChosenNext')} />
      </Page>
    )
  }
  const name = words(named.account)
  return (
    <Page
      title={name}
      up={up}
      about={<CopyableId value={named.account} what={t('ledger.account')} />}
      actions={<TakeAway asked={asked} onPrint={setPaper} />}
    >
      <DaysChoice />
      <Told asked={asked} />
      <div className="on-screen">
        <Movements asked={asked} />
      </div>
      {paper ? <Paper statement={paper} onDone={() => setPaper(null)} /> : null}
      <Imprint asked={asked} />
    </Page>
  )
}

function Told({ asked }: { asked: AccountPeriod }) {
  const key = Object.values(asked).join(' ')
  const whole = useAnswer(key, async signal => {
    const answer = await api.statement({ ...asked, limit: 1 }, signal)
    const asOf = new Date().toISOString()
    return answer.ok ? { ok: true, value: { statement: answer.value, asOf } } : answer
  })
  useReloadOn(['sale'], whole.reload)
  return (
    <LoadedView loaded={whole.loaded} onRetry={whole.reload}>
      {({ statement, asOf }) => <Sums statement={statement} asOf={asOf} />}
    </LoadedView>
  )
}

function Sums({ statement, asOf }: { statement: Statement; asOf: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { opening, closing, currency } = statement
  const moved = (sum: 'creditsPosted' | 'debitsPosted') => {
    const amountMinor = String(BigInt(closing[sum]) - BigInt(opening[sum]))
    return moneyText({ amountMinor, currency }, language)
  }
  const balance = (sums: Statement['opening']) => (
    <BalanceText balance={balanceOf(sums)} currency={currency} />
  )
  const values = {
    opening: balance(opening),
    in: moved('creditsPosted'),
    out: moved('debitsPosted'),
    closing: balance(closing),
  }
  return (
    <div className="figures">
      {(['opening', 'in', 'out', 'closing'] as const).map(name => (
        <Figure
          key={name}
          name={t(`statements.${name}`)}
          value={values[name]}
          definition={t(`statements.${name}Why`)}
          asOf={asOf}
        />
      ))}
    </div>
  )
}

function Movements({ asked }: { asked: AccountPeriod }) {
  const { t } = useTranslation()
  const columns = useMovementColumns(asked.currency)
  const key = `movements ${Object.values(asked).join(' ')}`
  const { loaded, reload, more } = usePages(key, (page, signal) =>
    api.statement({ ...asked, ...page }, signal),
  )
  useReloadOn(['sale'], reload)
  return (
    <Card flush title={t('statements.movements')}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => (
          <List
            label={t('statements.movements')}
            rows={items}
            rowKey={each => `${each.journal}.${each.leg}`}
            columns={columns}
            wraps
            empty={{ title: t('statements.noMovements'), next: t('statements.noMovementsNext') }}
            onMore={more}
          />
        )}
      </LoadedView>
    </Card>
  )
}

/** On paper only: what a reader needs to find the same statement again. */
function Imprint({ asked }: { asked: AccountPeriod }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const nameOf = useOrganisationName()
  const { first, last } = useDays()
  const time = instantText(new Date().toISOString(), language)
  return (
    <p className="paper-only small">
      {t('statements.period', { first, last })} ·{' '}
      {t('statements.printed', { time, book: nameOf(asked.book), account: asked.account })}
    </p>
  )
}
