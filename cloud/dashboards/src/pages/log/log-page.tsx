/** The cloud's evidence log: how far it is published, cosigned and anchored. */
import type { LogStatus } from '@tillproof/shared/api/evidence.ts'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { Figure } from '../../parts/figure.tsx'
import { countText, spanText } from '../../parts/format.ts'
import { Card, Facts, Page } from '../../parts/page.tsx'
import { EmptyView, LoadedView } from '../../parts/states.tsx'
import { CopyableId, CountText, TimeText } from '../../parts/text.tsx'
import { CheckpointCard } from './checkpoint-card.tsx'
import { PolicyCard } from './policy-card.tsx'

export function LogPage() {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('log status', async signal => {
    const answer = await api.logStatus(signal)
    return answer.ok
      ? { ok: true, value: { status: answer.value, asOf: new Date().toISOString() } }
      : answer
  })
  useReloadOn(['checkpoint'], reload)
  return (
    <Page title={t('log.title')} about={t('log.about')}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ status, asOf }) => (
          <>
            <LogFigures status={status} asOf={asOf} />
            <AnchorCard anchor={status.anchor} />
            <Card title={t('log.identity')}>
              <Facts
                facts={[
                  {
                    label: t('log.origin'),
                    value: <CopyableId value={status.origin} what={t('log.origin')} />,
                  },
                  {
                    label: t('log.vkey'),
                    value: <CopyableId value={status.vkey} what={t('log.vkey')} />,
                  },
                ]}
              />
            </Card>
            <CheckpointCard logName={status.origin} />
            <PolicyCard />
          </>
        )}
      </LoadedView>
    </Page>
  )
}

function LogFigures({ status, asOf }: { status: LogStatus; asOf: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { published, pending } = status
  return (
    <div className="figures">
      <Figure
        name={t('log.size')}
        value={countText(status.size, language)}
        definition={t('log.sizeWhy')}
        asOf={asOf}
      />
      <Figure
        name={t('log.published')}
        value={published ? countText(published.size, language) : null}
        definition={t('log.publishedWhy')}
        asOf={published?.at ?? asOf}
      />
      <Figure
        name={t('log.cosignatures')}
        value={published ? countText(published.cosignatures, language) : null}
        definition={t('log.cosignaturesWhy')}
        asOf={published?.at ?? asOf}
      />
      <Figure
        name={t('log.pending')}
        value={
          pending ? (
            <>
              {countText(pending.size, language)}{' '}
              <small className="muted">
                {t('log.pendingAge', { age: spanText(pending.ageMs, language) })}
              </small>
            </>
          ) : (
            <small>{t('log.upToDate')}</small>
          )
        }
        definition={t('log.pendingWhy')}
        asOf={asOf}
      />
    </div>
  )
}

function AnchorCard({ anchor }: { anchor: LogStatus['anchor'] }) {
  const { t } = useTranslation()
  const word = useWord()
  return (
    <Card title={t('log.anchor')}>
      {anchor === null ? (
        <EmptyView title={t('log.noAnchor')} next={t('log.noAnchorNext')} />
      ) : (
        <Facts
          facts={[
            { label: t('log.anchorState'), value: word('anchorState', anchor.state) },
            { label: t('log.anchoredSize'), value: <CountText value={anchor.size} /> },
            { label: t('log.block'), value: <CountText value={anchor.block} /> },
            { label: t('log.at'), value: <TimeText at={anchor.at} /> },
            { label: t('log.chain'), value: anchor.chainId },
            {
              label: t('log.contract'),
              value: <CopyableId value={anchor.contract} what={t('log.contract')} />,
            },
            {
              label: t('log.transaction'),
              value: <CopyableId value={anchor.transaction} what={t('log.transaction')} />,
            },
          ]}
        />
      )}
    </Card>
  )
}
