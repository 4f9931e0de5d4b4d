/** Narrows a list to one machine; the choice is kept in the address as `machine`. */
import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { useMachines } from './machines.ts'
import { useFilter } from './use-filter.ts'

export function MachineFilter() {
  const { t } = useTranslation()
  const filter = useFilter()
  const machines = useMachines()
  return (
    <Select
      className="machine-filter"
      aria-label={t('sales.ofMachine')}
      showSearch={{ optionFilterProp: 'label' }}
      value={filter.get('machine')}
      onChange={value => filter.set('machine', value)}
      options={[
        { value: '', label: t('sales.allMachines') },
        ...machines.map(({ id, label }) => ({ value: String(id), label })),
      ]}
    />
  )
}
