/** Simplified Chinese. */
import { type Rate, termsOfRate } from '../term/rate.ts'
import type { AgreementWords, Figures } from './words.ts'

export const chinese: AgreementWords = {
  period: { day: '日', month: '月' },
  rate,
  named: (name, sentence) => `“${spaced(name)}”：${sentence}。`,
  given: { gross: '售价', takings: '机器营收', payment_company: '支付公司' },
  order: '每笔销售款按下列次序分配：',
  holders: (account, holders) => `${account} 转付给：${holders.join('、')}。`,
  added: what => `新增：${what}`,
  removed: what => `取消：${what}`,
  changed: (name, before, after) => `“${spaced(name)}”原为：${before}；现为：${after}。`,
  part: {
    parties: '当事方',
    machines: '设备',
    accounts: '账户',
    participations: '份额登记',
    script: '脚本行',
  },
  validFrom: ({ validFromMs }, { day }) => `自 ${day(validFromMs)} 起有效。`,
  term: {
    'payment-fee': (term, { percent }) =>
      `支付公司手续费，${term.channels
        .map(each => `${each.channel} 渠道 ${percent(each.basisPoints)}`)
        .join('，')}`,
    'platform-fee': (term, { percent, money }) =>
      `每笔销售的 ${percent(term.basisPoints)}，另加每笔 ${money(term.perSaleMinor)}`,
    goods: (term, { money }) =>
      `每售出一件按价目支付：${term.prices
        .map(each => `${each.item} ${money(each.costMinor)}`)
        .join('，')}；${term.unlisted === 'own' ? '其他商品不计' : '其他商品待定价'}`,
    share: (term, { percent, money }) =>
      `${left(term.after)}的 ${percent(term.basisPoints)}${
        term.capMinor === null ? '' : `，累计至 ${money(term.capMinor)} 为止`
      }`,
    'site-share': (term, { percent, money }) =>
      `每月取当月收入的 ${percent(term.basisPoints)} 与 ${money(term.minimumMinor)} 中较高者，` +
      `单笔至多 ${percent(term.upToBasisPoints)}${term.carries ? '；未付部分计入下月' : ''}`,
    tiers: (term, { percent, money }) =>
      `每${chinese.period[term.period]}收入分档：${term.bands
        .map(each => `自 ${money(each.fromMinor)} 起 ${percent(each.basisPoints)}`)
        .join('，')}`,
    sweep: (term, figures) => {
      const { minimum, capMinor, holidays } = term
      const { money, percent, day } = figures
      const parts = [
        ...(term.rate.of === 'nothing' ? [] : [rate(term.rate, figures)]),
        ...(minimum === null
          ? []
          : [
              `每${chinese.period[minimum.period]}至少 ${money(minimum.minor)}，` +
                `不足时从每笔销售中补取，至多 ${percent(minimum.catchUpBasisPoints)}` +
                `${minimum.carries ? '；未付部分计入下期' : ''}`,
            ]),
        ...(capMinor === null ? [] : [`付满 ${money(capMinor)} 为止`]),
        ...holidays.map(each => `${day(each.fromMs)} 至 ${day(each.untilMs)} 前免付`),
      ]
      return parts.join('；')
    },
    reserve: (term, { percent, money }) =>
      `准备金，补足至 ${money(term.targetMinor)}，每笔至多 ${percent(term.basisPoints)}`,
    'cash-trap': (term, { percent, money }) =>
      `“${spaced(term.watches)}”结转未付超过 ${money(term.aboveMinor)} 期间，` +
      `每笔销售留存 ${percent(term.basisPoints)}`,
    'guarantor-call': term => `“${spaced(term.of)}”结转未付的部分，由“${spaced(term.from)}”代付`,
  },
}

function rate(each: Rate, figures: Figures): string {
  const { percent, money } = figures
  switch (each.of) {
    case 'nothing':
      return '不计'
    case 'gross':
      return `每笔销售的 ${percent(each.basisPoints)}`
    case 'net':
      return `${left(termsOfRate(each))}的 ${percent(each.basisPoints)}`
    case 'unit':
      return `每笔 ${money(each.minor)}`
    case 'greater':
    case 'lesser':
      return `${each.rates.map(one => rate(one, figures)).join('与')}中${
        each.of === 'greater' ? '较高者' : '较低者'
      }`
  }
}

const left = (after: readonly string[]): string =>
  after.length === 0 ? '每笔销售' : `每笔销售扣除${after.map(spaced).join('、')}后`

const spaced = (name: string): string => name.replaceAll('_', ' ')
