/** Saves the whole statement as CSV, or prints it; both read it to its end first. */
import { DownloadOutlined, PrinterOutlined } from '@ant-design/icons'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import type { Statement } from '@tillproof/shared/api/statements.ts'
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountPeriod } from '../../api/resources.ts'
import { api } from '../../app/api.ts'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { countText } from '../../parts/format.ts'
import { saveFile } from '../../parts/save-file.ts'
import { ProblemView } from '../../parts/states.tsx'
import { statementCsv } from './csv.ts'
import { wholeStatement } from './whole-statement.ts'

/** Most that the API answers at once. */
const PAGE_SIZE = 1_000

type TakeAwayProps = { asked: AccountPeriod; onPrint: (statement: Statement) => void }

export function TakeAway({ asked, onPrint }: TakeAwayProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const [movements, setMovements] = useState<number | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const read = async (use: (statement: Statement) => void) => {
    setMovements(0)
    const ask = (before: string | undefined) =>
      api.statement({ ...asked, limit: PAGE_SIZE, before })
    const answer = await wholeStatement(ask, setMovements)
    setMovements(null)
    setProblem(answer.ok ? null : answer.problem)
    if (answer.ok) use(answer.value)
  }
  const save = (statement: Statement) =>
    saveFile(nameOf(asked), 'text/csv', statementCsv(statement))
  const reading = movements !== null
  return (
    <>
      <Button
        icon={<DownloadOutlined aria-hidden />}
        disabled={reading}
        onClick={() => void read(save)}
      >
        {t('statements.csv')}
      </Button>
      <Button
        icon={<PrinterOutlined aria-hidden />}
        disabled={reading}
        onClick={() => void read(onPrint)}
      >
        {t('statements.print')}
      </Button>
      <span role="status" className="muted small">
        {reading ? t('statements.reading', { count: countText(movements, language) }) : null}
      </span>
      {problem ? <ProblemView problem={problem} /> : null}
    </>
  )
}

const nameOf = ({ account, from, to }: AccountPeriod): string =>
  `${account.replaceAll(':', '-')} ${from.slice(0, 10)} ${to.slice(0, 10)}.csv`
