/** Transfers of a participation; a side that has not signed yet does so here. */
import type { TransferDocument } from '@tillproof/shared/api/agreements.ts'
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { useSession } from '../../app/session.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { TimeText } from '../../parts/text.tsx'
import { SignDialog } from './sign-dialog.tsx'
import { signableTransfer } from './signing.ts'

type TransfersProps = { transfers: readonly TransferDocument[]; onSigned: () => void }

export function Transfers({ transfers, onSigned }: TransfersProps) {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  if (transfers.length === 0) return <p className="muted">{t('agreements.noTransfers')}</p>
  return (
    <ul>
      {transfers.map(each => (
        <li key={each.transfer.transferId}>
          {t('agreements.transfer', {
            units: each.transfer.units,
            from: nameOf(each.transfer.fromId),
            to: nameOf(each.transfer.toId),
          })}{' '}
          {each.effectiveFrom === null ? (
            <>
              {t('agreements.waiting', { count: each.missing.length })}{' '}
              <SignTransfer document={each} onSigned={onSigned} />
            </>
          ) : (
            <TimeText at={each.effectiveFrom} />
          )}
        </li>
      ))}
    </ul>
  )
}

type SignProps = { document: TransferDocument; onSigned: () => void }

function SignTransfer({ document: { transfer, missing }, onSigned }: SignProps) {
  const { t } = useTranslation()
  const { cloudName, organisation, user } = useSession()
  const [signing, setSigning] = useState(false)
  if (user.role !== 'admin' || !missing.includes(organisation.id)) return null
  const isGiver = transfer.fromId === organisation.id
  return (
    <>
      <Button size="small" onClick={() => setSigning(true)}>
        {t('agreements.sign')}
      </Button>
      {signing ? (
        <SignDialog
          signable={signableTransfer(transfer, cloudName)}
          wanted={isGiver ? transfer.fromSigner : transfer.toSigner}
          give={signature => api.signTransfer(transfer.transferId, { signature })}
          onClose={() => setSigning(false)}
          onSigned={() => {
            setSigning(false)
            onSigned()
          }}
        />
      ) : null}
    </>
  )
}
