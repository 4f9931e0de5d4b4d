/** What did not meet its counterpart or its rule, oldest first, by state, age and machine. */
import type { OpenItem, OpenItemAgeing } from '@tillproof/shared/api/open-items.ts'
import { Segmented, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { textsOf } from '../../app/i18n/catalogue.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { List } from '../../parts/list.tsx'
import { MachineFilter } from '../../parts/machine-filter.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { CountText } from '../../parts/text.tsx'
import { choiceOf, useFilter } from '../../parts/use-filter.ts'
import { useItemColumns } from './columns.tsx'

const states = ['open', 'closed', 'all'] as const
const ages = ['0-1', '2-7', '8-30', '31-90', '91+'] as const
const reasons = Object.keys(textsOf('en').itemReason)

export function OpenItemsPage() {
  const { t } = useTranslation()
  const { get } = useFilter()
  const asked = {
    state: choiceOf(get('state'), states),
    reason: get('reason'),
    ageBucket: get('age'),
    deviceId: get('machine'),
  }
  const { loaded, reload, more } = usePages(
    `open items ${Object.values(asked).join(' ')}`,
    (page, signal) => api.openItems({ ...asked, ...page }, signal),
  )
  useReloadOn(['sale'], reload)
  const isFiltered =
    asked.reason + asked.ageBucket + asked.deviceId !== '' || asked.state !== 'open'
  return (
    <Page title={t('openItems.title')} about={t('openItems.about')}>
      <Ages />
      <Card flush title={t('openItems.list')} extra={<Filters />}>
        <LoadedView loaded={loaded} onRetry={reload}>
          {({ items }) => <Items items={items} isFiltered={isFiltered} onMore={more} />}
        </LoadedView>
      </Card>
    </Page>
  )
}

type ItemsProps = {
  items: readonly OpenItem[]
  isFiltered: boolean
  onMore: (() => void) | null
}

function Items({ items, isFiltered, onMore }: ItemsProps) {
  const { t } = useTranslation()
  const columns = useItemColumns()
  return (
    <List
      label={t('openItems.list')}
      rows={items}
      rowKey={item => item.id}
      columns={columns}
      wraps
      empty={
        isFiltered
          ? { title: t('openItems.noMatch'), next: t('openItems.noMatchNext') }
          : { title: t('openItems.none'), next: t('openItems.noneNext') }
      }
      onMore={onMore}
    />
  )
}

/** How many are open of each age; choosing one narrows the list to it. */
function Ages() {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('ageing', api.openItemAgeing)
  useReloadOn(['sale'], reload)
  return (
    <LoadedView loaded={loaded} onRetry={reload}>
      {({ lines }) =>
        lines.length === 0 ? null : (
          <fieldset className="ages" aria-label={t('openItems.ages')}>
            {ages.map(age => (
              <AgeButton key={age} age={age} lines={lines} />
            ))}
          </fieldset>
        )
      }
    </LoadedView>
  )
}

type AgeButtonProps = { age: (typeof ages)[number]; lines: OpenItemAgeing['lines'] }

function AgeButton({ age, lines }: AgeButtonProps) {
  const word = useWord()
  const filter = useFilter()
  const items = lines
    .filter(line => line.ageBucket === age)
    .reduce((sum, line) => sum + line.items, 0)
  const isChosen = filter.get('age') === age
  return (
    <button
      type="button"
      className="figure age"
      aria-pressed={isChosen}
      onClick={() => filter.setAll({ age: isChosen ? '' : age, state: '' })}
    >
      <span className="muted">{word('ageBucket', age)}</span>
      <span className="figure-value">
        <CountText value={items} />
      </span>
    </button>
  )
}

function Filters() {
  const { t } = useTranslation()
  const word = useWord()
  const filter = useFilter()
  return (
    <>
      <Segmented
        aria-label={t('openItems.state')}
        value={choiceOf(filter.get('state'), states)}
        options={states.map(value => ({ value, label: t(`openItems.${value}`) }))}
        onChange={value => filter.set('state', value === 'open' ? '' : value)}
      />
      <Select
        className="machine-filter"
        aria-label={t('openItems.reason')}
        value={filter.get('reason')}
        showSearch={{ optionFilterProp: 'label' }}
        onChange={value => filter.set('reason', value)}
        options={[
          { value: '', label: t('openItems.anyReason') },
          ...reasons.map(value => ({ value, label: word('itemReason', value) })),
        ]}
      />
      <MachineFilter />
    </>
  )
}
