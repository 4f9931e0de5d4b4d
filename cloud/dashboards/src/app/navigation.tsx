/** Which pages stand in the menu, by the kind of organisation, and which comes first. */
import {
  AccountBookOutlined,
  AlertOutlined,
  AuditOutlined,
  BarChartOutlined,
  ExceptionOutlined,
  FileDoneOutlined,
  FundOutlined,
  HddOutlined,
  KeyOutlined,
  ProfileOutlined,
  ShoppingOutlined,
} from '@ant-design/icons'
import type { Session } from '@tillproof/shared/api/people.ts'
import type { ReactNode } from 'react'
import type { Words } from './i18n/catalogue.ts'

export type NavItem = { path: string; label: keyof Words['nav']; icon: ReactNode }

const items = {
  portfolio: { path: '/portfolio', label: 'portfolio', icon: <FundOutlined /> },
  machines: { path: '/machines', label: 'machines', icon: <HddOutlined /> },
  sales: { path: '/sales', label: 'sales', icon: <ShoppingOutlined /> },
  grants: { path: '/grants', label: 'grants', icon: <KeyOutlined /> },
  agreements: { path: '/agreements', label: 'agreements', icon: <FileDoneOutlined /> },
  takings: { path: '/takings', label: 'takings', icon: <BarChartOutlined /> },
  statements: { path: '/statements', label: 'statements', icon: <ProfileOutlined /> },
  openItems: { path: '/open-items', label: 'openItems', icon: <ExceptionOutlined /> },
  incidents: { path: '/incidents', label: 'incidents', icon: <AlertOutlined /> },
  ledger: { path: '/ledger', label: 'ledger', icon: <AccountBookOutlined /> },
  log: { path: '/evidence', label: 'log', icon: <AuditOutlined /> },
} satisfies Record<string, NavItem>

/**
 * A lender begins with the portfolio, everybody else with the machines; a party that shares in the
 * sales finds its money before the whole book.
 */
export function navigationOf(kind: Session['organisation']['kind']): readonly NavItem[] {
  const { portfolio, machines, sales, takings, statements, agreements, ...rest } = items
  const { openItems, incidents, ledger, grants, log } = rest
  const money = [sales, takings, agreements, statements]
  switch (kind) {
    case 'lender':
      return [portfolio, machines, ...money, openItems, incidents, ledger, grants, log]
    case 'operator':
      return [machines, ...money, openItems, incidents, ledger, grants, portfolio, log]
    case 'platform':
      return [machines, ...money, openItems, incidents, ledger, grants, log]
    case 'site':
    case 'supplier':
      return [statements, agreements, takings, machines, sales, incidents, grants, log]
  }
}

export function homeOf(kind: Session['organisation']['kind']): string {
  switch (kind) {
    case 'lender':
      return '/portfolio'
    case 'site':
    case 'supplier':
      return '/statements'
    case 'operator':
    case 'platform':
      return '/machines'
  }
}
