/**
 * Names and definitions of the portfolio's figures by the API's name for them. A figure that is
 * not here is shown in the words of the cloud, which are always there.
 */
import { section } from './section.ts'

export const figureName = section({
  en: {
    outstanding: 'Outstanding',
    repaid: 'Repaid',
    'planned-repaid': 'Planned by now',
    takings: 'Takings',
    sales: 'Sales',
    machines: 'Machines',
    'silent-machines': 'Silent machines',
    'silent-balance': 'Silent balance',
  },
  zh: {
    outstanding: '未还余额',
    repaid: '已还款',
    'planned-repaid': '至今应还',
    takings: '营收',
    sales: '销售笔数',
    machines: '机器数',
    'silent-machines': '失声机器',
    'silent-balance': '失声余额',
  },
})
