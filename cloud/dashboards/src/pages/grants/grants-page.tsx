/** Who may see whose machines; an operator grants and revokes here. */
import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  PlusOutlined,
  StopOutlined,
} from '@ant-design/icons'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import type { Grant } from '@tillproof/shared/api/people.ts'
import { Button, Popconfirm, Segmented, type TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useSession } from '../../app/session.tsx'
import { List } from '../../parts/list.tsx'
import { Mark } from '../../parts/marks.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Page } from '../../parts/page.tsx'
import { LoadedView, ProblemView } from '../../parts/states.tsx'
import { CopyableId, DayText } from '../../parts/text.tsx'
import { choiceOf, useFilter } from '../../parts/use-filter.ts'
import { AddGrant } from './add-grant.tsx'
import { type GrantState, grantState } from './grant-state.ts'

const shownStates = ['all', 'live', 'ended', 'revoked'] as const

export function GrantsPage() {
  const { t } = useTranslation()
  const { organisation, user } = useSession()
  const mayGrant = organisation.kind === 'operator' && user.role === 'admin'
  const [adding, setAdding] = useState(false)
  const filter = useFilter()
  const shown = choiceOf(filter.get('state'), shownStates)
  const { loaded, reload } = useAnswer('grants', async signal => {
    const answer = await api.grants(signal)
    return answer.ok ? { ok: true, value: { grants: answer.value.items, at: Date.now() } } : answer
  })
  return (
    <Page
      title={t('grants.title')}
      about={t(organisation.kind === 'operator' ? 'grants.aboutOperator' : 'grants.aboutViewer')}
      actions={
        mayGrant ? (
          <Button
            type="primary"
            icon={<PlusOutlined aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {t('grants.add')}
          </Button>
        ) : null
      }
    >
      <Card
        flush
        title={t('grants.title')}
        extra={
          <Segmented
            aria-label={t('grants.state')}
            value={shown}
            options={shownStates.map(value => ({
              value,
              label: value === 'all' ? t('state.all') : t(`grants.${value}`),
            }))}
            onChange={value => filter.set('state', value === 'all' ? '' : value)}
          />
        }
      >
        <LoadedView loaded={loaded} onRetry={reload}>
          {({ grants, at }) => (
            <Grants
              rows={grants
                .map(grant => ({ ...grant, state: grantState(grant, at) }))
                .filter(grant => shown === 'all' || grant.state === shown)}
              mayGrant={mayGrant}
              onRevoked={reload}
            />
          )}
        </LoadedView>
      </Card>
      {adding ? (
        <AddGrant
          onClose={() => setAdding(false)}
          onAdded={() => {
            setAdding(false)
            reload()
          }}
        />
      ) : null}
    </Page>
  )
}

type Row = Grant & { state: GrantState }
type GrantsProps = { rows: Row[]; mayGrant: boolean; onRevoked: () => void }

function Grants({ rows, mayGrant, onRevoked }: GrantsProps) {
  const { t } = useTranslation()
  const columns = useGrantColumns(mayGrant, onRevoked)
  return (
    <List
      label={t('grants.title')}
      rows={rows}
      rowKey={grant => grant.id}
      columns={columns}
      empty={{
        title: t('grants.none'),
        next: t(mayGrant ? 'grants.noneNextOperator' : 'grants.noneNextViewer'),
      }}
    />
  )
}

function useGrantColumns(mayGrant: boolean, reload: () => void): TableColumnsType<Row> {
  const { t } = useTranslation()
  const word = useWord()
  const nameOf = useOrganisationName()
  const columns: TableColumnsType<Row> = [
    { title: t('grants.grantee'), render: (_, grant) => nameOf(grant.granteeId) },
    {
      title: t('grants.device'),
      render: (_, grant) =>
        grant.deviceId === null ? (
          t('grants.allDevices')
        ) : (
          <>
            <Link to={`/machines/${grant.deviceId}`}>{t('grants.device')}</Link>{' '}
            <CopyableId value={grant.deviceId} what={t('grants.device')} />
          </>
        ),
    },
    { title: t('grants.scope'), render: (_, grant) => word('scope', grant.scope) },
    { title: t('grants.state'), render: (_, grant) => <StateMark state={grant.state} /> },
    { title: t('grants.from'), render: (_, grant) => <DayText at={grant.from} /> },
    {
      title: t('grants.until'),
      render: (_, grant) =>
        grant.until === null ? t('grants.noEnd') : <DayText at={grant.until} />,
    },
  ]
  const operator: TableColumnsType<Row> = [
    { title: t('grants.operator'), render: (_, grant) => nameOf(grant.operatorId) },
  ]
  if (!mayGrant) return [...operator, ...columns]
  const revoke = (_: unknown, grant: Row) =>
    grant.state === 'live' ? (
      <RevokeButton grant={grant} name={nameOf(grant.granteeId)} onRevoked={reload} />
    ) : null
  return [
    ...columns,
    { title: <span className="hidden-text">{t('grants.revoke')}</span>, render: revoke },
  ]
}

const stateLooks = {
  live: ['good', <CheckCircleOutlined key="live" />],
  ended: ['quiet', <ClockCircleOutlined key="ended" />],
  revoked: ['quiet', <StopOutlined key="revoked" />],
} as const

function StateMark({ state }: { state: GrantState }) {
  const { t } = useTranslation()
  const [tone, icon] = stateLooks[state]
  return (
    <Mark tone={tone} icon={icon}>
      {t(`grants.${state}`)}
    </Mark>
  )
}

type RevokeProps = { grant: Grant; name: string; onRevoked: () => void }

function RevokeButton({ grant, name, onRevoked }: RevokeProps) {
  const { t } = useTranslation()
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const revoke = async () => {
    setBusy(true)
    const answer = await api.revokeGrant(grant.id)
    setBusy(false)
    setProblem(answer.ok ? null : answer.problem)
    if (answer.ok) onRevoked()
  }
  return (
    <>
      <Popconfirm
        title={t('grants.revokeSure')}
        description={<div className="narrow">{t('grants.revokeText', { name })}</div>}
        okText={t('grants.revoke')}
        cancelText={t('state.cancel')}
        onConfirm={() => void revoke()}
      >
        <Button danger size="small" loading={busy} aria-label={t('grants.revokeOf', { name })}>
          {t('grants.revoke')}
        </Button>
      </Popconfirm>
      {problem ? <ProblemView problem={problem} /> : null}
    </>
  )
}
