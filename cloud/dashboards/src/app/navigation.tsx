/** Which pages stand in the menu, by the kind of organisation, and which comes first. */
import {
  AccountBookOutlined,
  AuditOutlined,
  FileDoneOutlined,
  FundOutlined,
  HddOutlined,
  KeyOutlined,
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
  ledger: { path: '/ledger', label: 'ledger', icon: <AccountBookOutlined /> },
  log: { path: '/evidence', label: 'log', icon: <AuditOutlined /> },
} satisfies Record<string, NavItem>

/** A lender begins with the portfolio, everybody else with the machines. */
export function navigationOf(kind: Session['organisation']['kind']): readonly NavItem[] {
  const { portfolio, machines, sales, grants, agreements, ledger, log } = items
  switch (kind) {
    case 'lender':
      return [portfolio, machines, sales, agreements, ledger, grants, log]
    case 'operator':
      return [machines, sales, agreements, ledger, grants, portfolio, log]
    case 'platform':
    case 'site':
    case 'supplier':
      return [machines, sales, agreements, ledger, grants, log]
  }
}

export function homeOf(kind: Session['organisation']['kind']): string {
  return kind === 'lender' ? '/portfolio' : '/machines'
}
