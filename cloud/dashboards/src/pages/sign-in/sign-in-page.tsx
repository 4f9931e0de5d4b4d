/** Sign-in; afterwards the reader is taken to the page that was asked for. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Button, Form, Input } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Navigate, useLocation } from 'react-router'
import { Brand } from '../../app/layout.tsx'
import { useSessionControl } from '../../app/session.tsx'
import { LanguageSwitch } from '../../parts/language-switch.tsx'
import { ProblemView } from '../../parts/states.tsx'

export function SignInPage() {
  const { t } = useTranslation()
  const { known } = useSessionControl()
  const { state } = useLocation()
  useEffect(() => {
    document.title = `${t('signIn.title')} · Tillproof`
  }, [t])
  if (known.state === 'in') return <Navigate to={wantedIn(state)} replace />
  return (
    <main className="sign-in">
      <div className="sign-in-box">
        <div className="sign-in-head">
          <Brand />
          <LanguageSwitch />
        </div>
        <p className="plain muted">{t('app.claim')}</p>
        <h1>{t('signIn.title')}</h1>
        <SignInForm />
        <p className="muted small">{t('signIn.about')}</p>
        <Link to="/verify">{t('verifyFile.link')}</Link>
      </div>
    </main>
  )
}

/** Only paths of this dashboard are followed. */
function wantedIn(state: unknown): string {
  if (typeof state !== 'object' || state === null || !('from' in state)) return '/'
  const { from } = state
  return typeof from === 'string' && /^\/(?![/\\])/.test(from) ? from : '/'
}

type Fields = { email: string; password: string }

function SignInForm() {
  const { t } = useTranslation()
  const { signIn } = useSessionControl()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const submit = async ({ email, password }: Fields) => {
    setBusy(true)
    setProblem(null)
    const answer = await signIn(email.trim(), password)
    setBusy(false)
    if (!answer.ok) setProblem(answer.problem)
  }
  return (
    <Form<Fields> layout="vertical" requiredMark={false} onFinish={fields => void submit(fields)}>
      <Form.Item
        name="email"
        label={t('signIn.email')}
        rules={[{ required: true, message: t('signIn.emailMissing') }]}
      >
        <Input type="email" autoComplete="username" autoFocus size="large" />
      </Form.Item>
      <Form.Item
        name="password"
        label={t('signIn.password')}
        rules={[{ required: true, message: t('signIn.passwordMissing') }]}
      >
        <Input.Password autoComplete="current-password" size="large" />
      </Form.Item>
      {problem ? <ProblemView problem={problem} /> : null}
      <Button
        className="spaced-top"
        type="primary"
        htmlType="submit"
        size="large"
        block
        loading={busy}
      >
        {t('signIn.submit')}
      </Button>
    </Form>
  )
}
