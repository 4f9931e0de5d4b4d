/** The published checkpoint as it stands on the wire, with who signed it. */
import { type NoteSignature, parseNote } from '@tillproof/shared/note/note.ts'
import { Alert, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'

export function CheckpointCard({ logName }: { logName: string }) {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('checkpoint', api.checkpoint)
  useReloadOn(['checkpoint'], reload)
  return (
    <Card title={t('log.checkpoint')}>
      <p className="plain muted">{t('log.checkpointAbout')}</p>
      <LoadedView loaded={loaded} onRetry={reload}>
        {note => (
          <>
            <Signers note={note} logName={logName} />
            <pre className="raw">{note}</pre>
          </>
        )}
      </LoadedView>
    </Card>
  )
}

function Signers({ note, logName }: { note: string; logName: string }) {
  const { t } = useTranslation()
  const parsed = parseNote(note)
  const columns: TableColumnsType<NoteSignature> = [
    { title: t('log.signer'), dataIndex: 'name' },
    {
      title: t('log.role'),
      render: (_, { name }) => t(name === logName ? 'log.isLog' : 'log.isWitness'),
    },
    { title: t('log.keyId'), render: (_, { keyId }) => <code>{keyId}</code> },
  ]
  if (!parsed.ok) return <Alert type="error" showIcon title={t('log.unreadable')} />
  return (
    <List
      label={t('log.signer')}
      rows={parsed.signatures}
      rowKey={signature => signature.line}
      columns={columns}
      empty={{ title: t('state.noData'), next: '' }}
    />
  )
}
