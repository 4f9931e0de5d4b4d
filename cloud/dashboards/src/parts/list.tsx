/** A table that scrolls sideways on narrow screens, says when it is empty, loads older rows. */
import type { Money } from '@tillproof/shared/api/fields.ts'
import type { TableColumnsType } from 'antd'
import { Button, Table } from 'antd'
import { useTranslation } from 'react-i18next'
import { EmptyView } from './states.tsx'

type ListProps<Row extends object> = {
  label: string
  rows: readonly Row[]
  rowKey: (row: Row) => string
  columns: TableColumnsType<Row>
  empty: { title: string; next: string }
  /** Null or absent when there is nothing older. */
  onMore?: (() => void) | null
  /** Breaks lines to fit instead of scrolling sideways. */
  wraps?: boolean
}

export function List<Row extends object>(props: ListProps<Row>) {
  const { label, rows, rowKey, columns, empty, onMore, wraps = false } = props
  const { t } = useTranslation()
  if (rows.length === 0) return <EmptyView {...empty} />
  return (
    <>
      <Table<Row>
        aria-label={label}
        size="medium"
        rowKey={rowKey}
        columns={columns}
        dataSource={[...rows]}
        pagination={false}
        {...(wraps ? {} : { scroll: { x: 'max-content' } })}
      />
      {onMore ? (
        <div className="more">
          <Button onClick={onMore}>{t('state.more')}</Button>
        </div>
      ) : null}
    </>
  )
}

/** Sorts by text in the reader's order. */
export function byText<Row>(of: (row: Row) => string): (a: Row, b: Row) => number {
  return (a, b) => of(a).localeCompare(of(b))
}

/** Sorts exactly by minor units; lists hold one currency. */
export function byMoney<Row>(of: (row: Row) => Money): (a: Row, b: Row) => number {
  return (a, b) => {
    const difference = BigInt(of(a).amountMinor) - BigInt(of(b).amountMinor)
    return difference > 0n ? 1 : difference < 0n ? -1 : 0
  }
}
