/** Every path of the dashboard and the page behind it; pages load when they are first opened. */
import { createBrowserRouter, Navigate } from 'react-router'
import { Layout } from './layout.tsx'
import { homeOf } from './navigation.tsx'
import { CrashPage, NotFoundPage } from './odd-pages.tsx'
import { useSession } from './session.tsx'

/** Shown for the moment in which the first page's code loads. */
const fallback = <div className="content" />

export const router = createBrowserRouter([
  {
    path: '/sign-in',
    hydrateFallbackElement: fallback,
    errorElement: <CrashPage />,
    lazy: async () => ({
      Component: (await import('../pages/sign-in/sign-in-page.tsx')).SignInPage,
    }),
  },
  {
    path: '/verify',
    hydrateFallbackElement: fallback,
    errorElement: <CrashPage />,
    lazy: async () => ({
      Component: (await import('../pages/verify/verify-page.tsx')).VerifyPage,
    }),
  },
  {
    path: '/',
    element: <Layout />,
    errorElement: <CrashPage />,
    hydrateFallbackElement: fallback,
    children: [
      { index: true, element: <Home /> },
      {
        errorElement: <CrashPage />,
        children: [
          {
            path: 'portfolio',
            lazy: async () => ({
              Component: (await import('../pages/portfolio/portfolio-page.tsx')).PortfolioPage,
            }),
          },
          {
            path: 'loans/:id',
            lazy: async () => ({
              Component: (await import('../pages/loan/loan-page.tsx')).LoanPage,
            }),
          },
          {
            path: 'machines',
            lazy: async () => ({
              Component: (await import('../pages/machines/machines-page.tsx')).MachinesPage,
            }),
          },
          {
            path: 'machines/:id',
            lazy: async () => ({
              Component: (await import('../pages/machine/machine-page.tsx')).MachinePage,
            }),
          },
          {
            path: 'sales',
            lazy: async () => ({
              Component: (await import('../pages/sales/sales-page.tsx')).SalesPage,
            }),
          },
          {
            path: 'sales/:id',
            lazy: async () => ({
              Component: (await import('../pages/sale/sale-page.tsx')).SalePage,
            }),
          },
          {
            path: 'grants',
            lazy: async () => ({
              Component: (await import('../pages/grants/grants-page.tsx')).GrantsPage,
            }),
          },
          {
            path: 'agreements',
            lazy: async () => ({
              Component: (await import('../pages/agreements/agreements-page.tsx')).AgreementsPage,
            }),
          },
          {
            path: 'agreements/draft',
            lazy: async () => ({
              Component: (await import('../pages/draft/draft-page.tsx')).DraftPage,
            }),
          },
          {
            path: 'agreements/:id/:version',
            lazy: async () => ({
              Component: (await import('../pages/agreement/agreement-page.tsx')).AgreementPage,
            }),
          },
          {
            path: 'takings',
            lazy: async () => ({
              Component: (await import('../pages/takings/takings-page.tsx')).TakingsPage,
            }),
          },
          {
            path: 'statements',
            lazy: async () => ({
              Component: (await import('../pages/statements/statements-page.tsx')).StatementsPage,
            }),
          },
          {
            path: 'statements/account',
            lazy: async () => ({
              Component: (await import('../pages/statement/statement-page.tsx')).StatementPage,
            }),
          },
          {
            path: 'open-items',
            lazy: async () => ({
              Component: (await import('../pages/open-items/open-items-page.tsx')).OpenItemsPage,
            }),
          },
          {
            path: 'open-items/:id',
            lazy: async () => ({
              Component: (await import('../pages/open-item/open-item-page.tsx')).OpenItemPage,
            }),
          },
          {
            path: 'incidents',
            lazy: async () => ({
              Component: (await import('../pages/incidents/incidents-page.tsx')).IncidentsPage,
            }),
          },
          {
            path: 'incidents/:id',
            lazy: async () => ({
              Component: (await import('../pages/incident/incident-page.tsx')).IncidentPage,
            }),
          },
          {
            path: 'ledger',
            lazy: async () => ({
              Component: (await import('../pages/ledger/ledger-page.tsx')).LedgerPage,
            }),
          },
          {
            path: 'evidence',
            lazy: async () => ({ Component: (await import('../pages/log/log-page.tsx')).LogPage }),
          },
          { path: '*', element: <NotFoundPage /> },
        ],
      },
    ],
  },
])

function Home() {
  const { organisation } = useSession()
  return <Navigate to={homeOf(organisation.kind)} replace />
}
