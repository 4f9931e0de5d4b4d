/** The lender's first page: figures, and the lists that make them up. */
import type { Portfolio } from '@tillproof/shared/api/lending.ts'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useCloudWord } from '../../app/i18n/cloud-words.ts'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { AsOf, Figure } from '../../parts/figure.tsx'
import { Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { figureText, listBehind } from './figures.ts'
import { Lists } from './lists.tsx'

export function PortfolioPage() {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('portfolio', api.portfolio)
  useReloadOn(['sale', 'batch'], reload)
  return (
    <Page
      title={t('portfolio.title')}
      about={t('portfolio.about')}
      actions={loaded.state === 'ready' ? <AsOf at={loaded.value.asOf} /> : null}
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {portfolio => (
          <>
            <Figures portfolio={portfolio} />
            <Lists portfolio={portfolio} />
          </>
        )}
      </LoadedView>
    </Page>
  )
}

function Figures({ portfolio }: { portfolio: Portfolio }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const word = useWord()
  const cloudWord = useCloudWord()
  return (
    <div className="figures">
      {portfolio.figures.map(figure => {
        const list = listBehind(figure.name)
        return (
          <Figure
            key={figure.name}
            name={word('figureName', figure.name)}
            value={figureText(figure, language)}
            definition={cloudWord('figureDefinition', figure.name, figure.definition)}
            asOf={figure.asOf}
            to={`/portfolio?list=${list}#lists`}
            toLabel={t(`portfolio.${list}`)}
          />
        )
      })}
    </div>
  )
}
