/** The frame around every signed-in page: menu, who is signed in, live state, language. */
import { LogoutOutlined, MenuOutlined } from '@ant-design/icons'
import { Button, Drawer } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { NavLink, Outlet, ScrollRestoration, useLocation } from 'react-router'
import { LanguageSwitch } from '../parts/language-switch.tsx'
import { LiveMark } from '../parts/live-mark.tsx'
import { LiveProvider } from './live.tsx'
import { navigationOf } from './navigation.tsx'
import { RequireSession, useSession, useSessionControl } from './session.tsx'

export function Layout() {
  return (
    <RequireSession>
      <LiveProvider>
        <Frame />
      </LiveProvider>
    </RequireSession>
  )
}

function Frame() {
  const { t } = useTranslation()
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      <aside className="side">
        <Brand />
        <Navigation />
      </aside>
      <TopBar />
      <main id="content" tabIndex={-1} className="content">
        <Outlet />
      </main>
      <ScrollRestoration />
    </div>
  )
}

export function Brand() {
  const { t } = useTranslation()
  return (
    <div className="brand">
      <img src="/mark.svg" alt="" width={28} height={28} />
      <span>{t('app.name')}</span>
    </div>
  )
}

function Navigation({ onChosen }: { onChosen?: () => void }) {
  const { t } = useTranslation()
  const { organisation } = useSession()
  return (
    <nav aria-label={t('app.navigation')} className="nav">
      {navigationOf(organisation.kind).map(({ path, label, icon }) => (
        <NavLink key={path} to={path} {...(onChosen ? { onClick: onChosen } : {})}>
          <span aria-hidden="true">{icon}</span>
          {t(`nav.${label}`)}
        </NavLink>
      ))}
    </nav>
  )
}

function TopBar() {
  const { t } = useTranslation()
  const { user, organisation, cloudName } = useSession()
  const { signOut } = useSessionControl()
  return (
    <header className="top">
      <MenuButton />
      <div className="who">
        <strong>{organisation.name}</strong>
        <span
          title={t('app.signedInAs', { name: user.email })}
        >{`${user.name} · ${cloudName}`}</span>
      </div>
      <LiveMark />
      <LanguageSwitch />
      <Button
        icon={<LogoutOutlined aria-hidden />}
        aria-label={t('app.signOut')}
        onClick={() => void signOut()}
      >
        <span className="wide-only">{t('app.signOut')}</span>
      </Button>
    </header>
  )
}

/** On narrow screens the menu is a drawer, which closes when the page changes. */
function MenuButton() {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const [openAt, setOpenAt] = useState<string | null>(null)
  const close = () => setOpenAt(null)
  return (
    <div className="narrow-only">
      <Button
        icon={<MenuOutlined aria-hidden />}
        aria-label={t('app.menu')}
        onClick={() => setOpenAt(pathname)}
      />
      <Drawer
        open={openAt === pathname}
        onClose={close}
        placement="left"
        size={264}
        title={<Brand />}
      >
        <Navigation onChosen={close} />
      </Drawer>
    </div>
  )
}
