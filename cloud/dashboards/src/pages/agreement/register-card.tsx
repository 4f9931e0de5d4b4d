/** Who holds an agreement's participations now, and the transfers that made it so. */
import { holdersAt, type SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import type { AgreementTerms, Participation } from '@tillproof/shared/agreement/terms.ts'
import type { TransferDocument } from '@tillproof/shared/api/agreements.ts'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { CountText } from '../../parts/text.tsx'
import { OfferTransfer } from './offer-transfer.tsx'
import { Transfers } from './transfers.tsx'

export function RegisterCard({ terms }: { terms: AgreementTerms }) {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('transfers', async signal => {
    const answer = await api.transfers(terms.agreementId, signal)
    return answer.ok ? { ok: true, value: { ...answer.value, atMs: Date.now() } } : answer
  })
  return (
    <Card title={t('agreements.register')}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items, atMs }) => (
          <>
            {terms.participations.map(register => (
              <Holders
                key={register.account}
                register={register}
                agreementId={terms.agreementId}
                transfers={items}
                atMs={atMs}
              />
            ))}
            <h3>{t('agreements.transfers')}</h3>
            <Transfers transfers={items} onSigned={reload} />
            <OfferTransfer terms={terms} transfers={items} onOffered={reload} />
          </>
        )}
      </LoadedView>
    </Card>
  )
}

type HoldersProps = {
  register: Participation
  agreementId: string
  transfers: readonly TransferDocument[]
  atMs: number
}

function Holders({ register, agreementId, transfers, atMs }: HoldersProps) {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  const holders = holdersAt(register, agreementId, transfers.flatMap(signed), atMs)
  return (
    <table className="legs">
      <thead>
        <tr>
          <th scope="col">{`${t('agreements.holder')} · ${register.account}`}</th>
          <th scope="col">{t('agreements.units')}</th>
        </tr>
      </thead>
      <tbody>
        {holders.map(({ partyId, units }) => (
          <tr key={partyId}>
            <th scope="row">{nameOf(partyId)}</th>
            <td>
              <CountText value={String(units)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const signed = ({ transfer, effectiveFrom }: TransferDocument): SignedTransfer[] =>
  effectiveFrom === null ? [] : [{ transfer, effectiveFromMs: Date.parse(effectiveFrom) }]
