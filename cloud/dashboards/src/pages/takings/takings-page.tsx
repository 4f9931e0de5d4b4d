/** What machines took, and whose it is. */
import { useTranslation } from 'react-i18next'
import { DaysChoice } from '../../parts/days-choice.tsx'
import { MachineFilter } from '../../parts/machine-filter.tsx'
import { Page } from '../../parts/page.tsx'
import { useFilter } from '../../parts/use-filter.ts'
import { StandingCard } from './standing-card.tsx'
import { TakingsView } from './takings-view.tsx'

export function TakingsPage() {
  const { t } = useTranslation()
  const machine = useFilter().get('machine')
  return (
    <Page title={t('takings.title')} about={t('takings.about')} actions={<MachineFilter />}>
      <DaysChoice />
      <TakingsView deviceId={machine} />
      {machine === '' ? <StandingCard /> : null}
    </Page>
  )
}
