/** Who has signed with which key; an administrator of a party signs here. */
import { CheckCircleOutlined, HourglassOutlined } from '@ant-design/icons'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useSession } from '../../app/session.tsx'
import { Mark } from '../../parts/marks.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card } from '../../parts/page.tsx'
import { CopyableId, TimeText } from '../../parts/text.tsx'
import { SignDialog } from './sign-dialog.tsx'
import { signableTerms } from './signing.ts'

type SignaturesProps = { agreement: Agreement; onSigned: () => void }

export function SignaturesCard({ agreement, onSigned }: SignaturesProps) {
  const { t } = useTranslation()
  const { cloudName, organisation, user } = useSession()
  const { id, version } = agreement
  const [signing, setSigning] = useState(false)
  const maySign = user.role === 'admin' && agreement.missing.includes(organisation.id)
  return (
    <Card
      title={t('agreements.signatures')}
      extra={
        maySign ? (
          <Button type="primary" onClick={() => setSigning(true)}>
            {t('agreements.sign')}
          </Button>
        ) : null
      }
    >
      <Signatures agreement={agreement} />
      {signing ? (
        <SignDialog
          signable={signableTerms(agreement.terms, cloudName)}
          wanted={signerOf(agreement, organisation.id)}
          give={signature => api.signAgreement(id, { version, signature })}
          onClose={() => setSigning(false)}
          onSigned={() => {
            setSigning(false)
            onSigned()
          }}
        />
      ) : null}
    </Card>
  )
}

const signerOf = ({ terms }: Agreement, organisationId: string): string =>
  terms.parties.find(each => each.organisationId === organisationId)?.signer ?? ''

function Signatures({ agreement: { terms, signatures } }: { agreement: Agreement }) {
  const { t } = useTranslation()
  const word = useWord()
  const nameOf = useOrganisationName()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box needs the keyboard too.
    <section className="scroll" tabIndex={0} aria-label={t('agreements.signatures')}>
      <table className="legs">
        <thead>
          <tr>
            <th scope="col">{t('agreements.party')}</th>
            <th scope="col">{t('agreements.role')}</th>
            <th scope="col">{t('agreements.key')}</th>
            <th scope="col">{t('agreements.signedAt')}</th>
          </tr>
        </thead>
        <tbody>
          {terms.parties.map(({ organisationId, role, signer }) => (
            <tr key={organisationId}>
              <th scope="row">{nameOf(organisationId)}</th>
              <td>{word('partyRole', role)}</td>
              <td>
                <CopyableId value={signer} what={t('agreements.key')} short />
              </td>
              <td>
                <Signed
                  at={signatures.find(each => each.organisationId === organisationId)?.signedAt}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Signed({ at }: { at: string | undefined }) {
  const { t } = useTranslation()
  if (at === undefined) {
    return (
      <Mark tone="attention" icon={<HourglassOutlined />}>
        {t('agreements.missing')}
      </Mark>
    )
  }
  return (
    <Mark tone="good" icon={<CheckCircleOutlined />}>
      <TimeText at={at} />
    </Mark>
  )
}
