/**
 * What the cloud says in English, said in Chinese: definitions of figures by their name, refusals
 * by their code. In English, and where a translation is missing, the cloud's own words are shown.
 */
import { useCallback } from 'react'
import { useLanguage } from './i18n.ts'

const figureDefinition: Readonly<Record<string, string>> = {
  outstanding: '本金减去已记账的还款；不含利息。',
  repaid: '为偿还各贷款记账的金额：销售归集与担保人份额。',
  'repaid-guaranteed': '已还款中，担保人代借款人支付的部分。',
  'repaid-settled': '已还款中，支付公司账单已结算的部分。',
  'planned-repaid': '按每日计划至今应还的金额，以本金为限。',
  'collection-rate': '自贷款开始以来，已还款除以至今应还；首个到期日之前无数值。',
  'months-to-clear': '未还余额除以自最早一笔贷款开始以来的月均还款额；贷款首日不显示。',
  takings: '自开始以来，与付款匹配并已记账的销售总额（未扣除分成）。',
  sales: '自开始以来已记账的销售笔数。',
  machines: '您可查看资金的机器台数。',
  'silent-machines':
    '最近签名日志头早于 24 小时或从未上报的机器。失声不等于没有销售：缓存的销售稍后会补报。',
  'silent-balance': '有质押机器 24 小时未上报的贷款的未还余额。',
}

const problemTitle: Readonly<Record<string, string>> = {
  'client.unreachable': '无法连接云端',
  'client.unexpected-answer': '云端的回答格式本页无法识别',
  'client.cloud-failed': '云端未能作答',
  'client.refused': '云端拒绝了请求',
  'policy.unreadable': '无法读取该信任策略',
  'policy.no-file': '该文件过大',
  'verify.broken': '核验中断',
  'session.wrong-credentials': '邮箱或密码不正确',
  'session.too-many-attempts': '该账户登录尝试次数过多',
  'session.required': '尚未登录',
  'session.not-allowed': '您的角色无权进行此操作',
  'http.too-many-requests': '请求过于频繁',
  'http.internal': '云端出现内部错误',
  'http.unknown-address': '没有这个地址',
  'database.unavailable': '云端数据库暂不可用',
  'live.full': '打开的页面过多',
  'device.unknown': '没有这台机器，或您无权查看',
  'sale.unknown': '没有这笔销售，或您无权查看',
  'loan.unknown': '没有这笔贷款，或您无权查看',
  'bundle.unknown-sale': '没有这笔销售，或您的机构无权查看',
  'bundle.not-logged': '该销售的机器记录尚未进入已发布的检查点',
  'log.empty': '日志还没有已发布的检查点',
  'grant.over': '授权在开始之前就已结束',
  'grant.to-oneself': '运营方本来就能看到自己的机器',
  'grant.unknown': '没有这项授权',
  'organisation.unknown': '没有这个机构',
  'account.unknown': '没有这个账户，或您无权查看',
  'period.invalid': '期间为空或过长',
  'incident.unknown': '没有这个未关闭的异常事件',
  'open-item.unknown': '没有这个事项，或您无权查看',
  'open-item.closed': '该事项已关闭',
  'open-item.not-closed-by-a-person': '该事项并非由人工关闭',
  'refund.not-paid': '该销售没有支付公司的付款',
  'refund.channel': '该支付公司未开通退款',
  'refund.too-much': '金额为零，或超过该付款的剩余金额',
  'box-count.in-future': '清点时间在将来',
  'box-count.not-newest': '已填报过更晚的清点',
}

const problemNext: Readonly<Record<string, string>> = {
  'client.unreachable': '请检查网络连接后重试。',
  'client.unexpected-answer': '请重新加载；如仍如此，说明页面与云端版本不一致。',
  'client.cloud-failed': '请稍后重试。',
  'client.refused': '请重新加载后重试。',
  'policy.unreadable': '请与您收到的信任策略逐行比对。',
  'policy.no-file': '请选择不超过 64 KB 的文本文件。',
  'verify.broken': '请刷新页面重试，或用命令核验该文件。',
  'session.wrong-credentials': '请检查后重试。',
  'session.too-many-attempts': '请等待一分钟后重试。',
  'session.required': '请登录。',
  'session.not-allowed': '请联系贵机构的管理员。',
  'http.too-many-requests': '请等待一分钟后重试。',
  'http.internal': '请稍后重试；如仍如此，请告知平台。',
  'http.unknown-address': '请从菜单中选择页面。',
  'database.unavailable': '请稍后重试。',
  'live.full': '请关闭一些页面后重新加载。',
  'device.unknown': '请从机器清单中选择。',
  'sale.unknown': '请从销售清单中选择。',
  'loan.unknown': '请从资产组合中选择。',
  'bundle.unknown-sale': '请检查销售编号。',
  'bundle.not-logged': '请数秒后重试；如仍如此，请查看证据日志页面。',
  'log.empty': '请等待首个检查点。',
  'grant.over': '请选择更晚的结束日期，或不填写。',
  'grant.to-oneself': '请选择其他机构。',
  'grant.unknown': '请重新加载清单。',
  'organisation.unknown': '请从清单中选择。',
  'account.unknown': '请从对账单清单中选择。',
  'period.invalid': '请选择不超过 396 天的期间。',
  'incident.unknown': '请重新加载清单。',
  'open-item.unknown': '请重新加载清单。',
  'open-item.closed': '请重新加载，查看由谁关闭及原因。',
  'open-item.not-closed-by-a-person': '请查看其经过；自行了结的事项不能撤销。',
  'refund.not-paid': '现金请在机器处退还；请查看该销售的付款方式。',
  'refund.channel': '请在支付公司直接退款，其通知会自动记账。',
  'refund.too-much': '请查看该销售的退款，金额不超过剩余部分。',
  'box-count.in-future': '请填写实际清点时间。',
  'box-count.not-newest': '请按清点的先后顺序填报。',
}

const translations = { figureDefinition, problemTitle, problemNext }

export type CloudWord = (kind: keyof typeof translations, key: string, own: string) => string

/** `own` are the cloud's words, `key` the name or code that they belong to. */
export function useCloudWord(): CloudWord {
  const language = useLanguage()
  return useCallback(
    (kind, key, own) => {
      const words = translations[kind]
      return language === 'zh-CN' && Object.hasOwn(words, key) ? (words[key] ?? own) : own
    },
    [language],
  )
}
