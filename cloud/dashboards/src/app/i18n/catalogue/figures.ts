/** Names of the portfolio's figures by the API's name for them; an unknown one shows that name. */
import { section } from './section.ts'

export const figureName = section({
  en: {
    outstanding: 'Outstanding',
    repaid: 'Repaid',
    'repaid-guaranteed': 'Repaid by guarantors',
    'repaid-settled': 'Repaid and settled',
    'planned-repaid': 'Planned by now',
    'collection-rate': 'Collection rate',
    'months-to-clear': 'Months to clear',
    takings: 'Takings',
    sales: 'Sales',
    machines: 'Machines',
    'silent-machines': 'Silent machines',
    'silent-balance': 'Silent balance',
  },
  zh: {
    outstanding: '未还余额',
    repaid: '已还款',
    'repaid-guaranteed': '担保人代还',
    'repaid-settled': '已还款且已结算',
    'planned-repaid': '至今应还',
    'collection-rate': '回收率',
    'months-to-clear': '预计还清月数',
    takings: '营收',
    sales: '销售笔数',
    machines: '机器数',
    'silent-machines': '失声机器',
    'silent-balance': '失声余额',
  },
})
