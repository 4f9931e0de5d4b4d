/** One incident: what happened, its evidence to download and check, closing it with a reason. */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { rangeBundlePath } from '../../api/resources.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { NotFoundPage } from '../../app/odd-pages.tsx'
import { useSession } from '../../app/session.tsx'
import { placeIn, timesIn, toldIn } from '../../parts/incident-details.ts'
import { IncidentState } from '../../parts/incident-state.tsx'
import { useMachineName } from '../../parts/machines.ts'
import { Card, Facts, Page } from '../../parts/page.tsx'
import { Reasoned } from '../../parts/reasoned.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { TimeText } from '../../parts/text.tsx'

export function IncidentPage() {
  const { t } = useTranslation()
  const word = useWord()
  const { id = '' } = useParams()
  const { loaded, reload } = useAnswer('incidents', api.incidents)
  useReloadOn(['incident'], reload)
  const items = loaded.state === 'ready' ? loaded.value.items : []
  const incident = items.find(each => each.id === id)
  return (
    <Page
      title={incident ? word('incidentKind', incident.kind) : t('incidents.one')}
      up={{ to: '/incidents', label: t('incidents.title') }}
      actions={incident ? <IncidentState incident={incident} /> : null}
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {() => (incident ? <Shown incident={incident} onClosed={reload} /> : <NotFoundPage />)}
      </LoadedView>
    </Page>
  )
}

type ShownProps = { incident: Incident; onClosed: () => void }

function Shown({ incident, onClosed }: ShownProps) {
  const { t } = useTranslation()
  const word = useWord()
  return (
    <>
      <div className="columns">
        <IncidentFacts incident={incident} />
        <Card title={t('incidents.next')}>
          <p className="plain">{word('incidentNext', incident.kind, '')}</p>
        </Card>
      </div>
      <div className="columns">
        <Evidence incident={incident} />
        {incident.closedAt === null ? <Closing id={incident.id} onClosed={onClosed} /> : null}
      </div>
    </>
  )
}

function IncidentFacts({ incident }: { incident: Incident }) {
  const { t } = useTranslation()
  const machineName = useMachineName()
  const { deviceId, openedAt, closedAt, closedReason } = incident
  const closed = closedAt
    ? [
        { label: t('incidents.closedAt'), value: <TimeText at={closedAt} /> },
        { label: t('incidents.closedReason'), value: closedReason ?? '' },
      ]
    : []
  const facts = [
    {
      label: t('openItems.machine'),
      value: <Link to={`/machines/${deviceId}`}>{machineName(deviceId)}</Link>,
    },
    { label: t('machine.incidentAt'), value: <TimeText at={openedAt} /> },
    {
      label: t('incidents.times'),
      value: t('incidents.timesText', { count: timesIn(incident) }),
    },
    ...closed,
  ]
  return (
    <Card title={t('incidents.facts')}>
      <Facts facts={facts} />
    </Card>
  )
}

/** The machine's own events are the evidence; they are proven like a sale. */
function Evidence({ incident }: { incident: Incident }) {
  const { t } = useTranslation()
  const place = placeIn(incident)
  const told = toldIn(incident).map(([label, value]) => ({ label, value }))
  return (
    <Card title={t('incidents.evidence')}>
      {place ? (
        <>
          <p className="plain">
            {t('incidents.inLog')}:{' '}
            <Link to={`/machines/${incident.deviceId}?tab=events`}>
              {t('incidents.event', { index: place.index, epoch: place.epoch })}
            </Link>
          </p>
          <p className="plain">
            <a href={rangeBundlePath(incident.deviceId, place)} download>
              {t('incidents.download')}
            </a>
            {' · '}
            <Link to="/verify">{t('incidents.verify')}</Link>
          </p>
          <p className="plain muted small">{t('incidents.verifyWhy')}</p>
        </>
      ) : null}
      <h3 className="plain">{t('incidents.told')}</h3>
      {told.length === 0 ? (
        <p className="plain muted">{t('incidents.tellsNothing')}</p>
      ) : (
        <Facts facts={told} />
      )}
    </Card>
  )
}

function Closing({ id, onClosed }: { id: string; onClosed: () => void }) {
  const { t } = useTranslation()
  const { organisation, user } = useSession()
  const mayClose = organisation.kind === 'operator' && user.role === 'admin'
  return (
    <Card title={t('incidents.close')}>
      {mayClose ? (
        <>
          <p className="plain muted">{t('incidents.closeWhy')}</p>
          <Reasoned
            label={t('incidents.reason')}
            missing={t('incidents.reasonMissing')}
            submit={t('incidents.close')}
            onSubmit={reason => api.closeIncident(id, reason)}
            onDone={onClosed}
          />
        </>
      ) : (
        <p className="plain muted">{t('incidents.onlyOperator')}</p>
      )}
    </Card>
  )
}
