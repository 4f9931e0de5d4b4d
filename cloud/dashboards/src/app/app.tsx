/** Providers around the router: theme and language of the components, session. */
import { ConfigProvider } from 'antd'
import en from 'antd/es/locale/en_US'
import zh from 'antd/es/locale/zh_CN'
import { RouterProvider } from 'react-router/dom'
import { useLanguage } from './i18n/i18n.ts'
import { router } from './router.tsx'
import { SessionProvider } from './session.tsx'
import { theme } from './theme.ts'

export function App() {
  const language = useLanguage()
  return (
    <ConfigProvider
      theme={theme}
      locale={language === 'zh-CN' ? zh : en}
      button={{ autoInsertSpace: false }}
    >
      <SessionProvider>
        <RouterProvider router={router} />
      </SessionProvider>
    </ConfigProvider>
  )
}
