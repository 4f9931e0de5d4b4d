/** Texts of refunds on a sale's page, and of counts of a machine's cash box. */
import { section } from './section.ts'

export const refund = section({
  en: {
    title: 'Refunds',
    none: 'Nothing has gone back to the customer.',
    reason: 'Reason',
    amount: 'Amount',
    state: 'State',
    at: 'Asked',
    ask: 'Pay back…',
    about: 'Each share gives back its part; the sale is split again on what is left of it.',
    howMuch: 'Amount, at most {{most}}',
    wrongAmount: 'Give an amount of more than nothing and at most {{most}}.',
    why: 'Reason, for the customer to read',
    whyMissing: 'Say why it goes back.',
    submit: 'Pay back',
  },
  zh: {
    title: '退款',
    none: '没有款项退回顾客。',
    reason: '原因',
    amount: '金额',
    state: '状态',
    at: '申请时间',
    ask: '退款…',
    about: '各方份额按比例退回，并按剩余金额重新分账。',
    howMuch: '金额，最多 {{most}}',
    wrongAmount: '请填写大于零且不超过 {{most}} 的金额。',
    why: '原因（顾客可见）',
    whyMissing: '请说明退款原因。',
    submit: '确认退款',
  },
})

export const refundState = section({
  en: {
    requested: 'Requested',
    submitted: 'On its way',
    unknown: 'Not known yet',
    succeeded: 'Paid back',
    refused: 'Refused',
    abnormal: 'Stuck',
  },
  zh: {
    requested: '已申请',
    submitted: '处理中',
    unknown: '尚不明确',
    succeeded: '已退回',
    refused: '被拒绝',
    abnormal: '异常',
  },
})

export const refundMeaning = section({
  en: {
    requested: 'Saved here; the payment company is told next.',
    submitted: 'The payment company has it and has not said how it ended.',
    unknown: 'The company did not answer; it is asked again until it does.',
    succeeded: 'The company says that the customer has the money back.',
    refused: 'The company will not pay it back. Nothing has moved.',
    abnormal: 'The company could not reach the customer’s account: deal with it at the company.',
  },
  zh: {
    requested: '已保存，随后通知支付公司。',
    submitted: '支付公司已受理，尚未告知结果。',
    unknown: '支付公司没有应答，将持续查询。',
    succeeded: '支付公司称款项已退回顾客。',
    refused: '支付公司拒绝退款，没有资金变动。',
    abnormal: '支付公司无法退至顾客账户：请在支付公司处理。',
  },
})

export const refundCause = section({
  en: {
    operator: 'Asked for by the operator',
    'paid-late': 'By itself: paid too late',
    'sale-failed': 'By itself: the machine could not deliver',
    'no-sale': 'By itself: no sale came',
    'final-amount': 'By itself: the final amount was lower',
    company: 'Told by the payment company',
    chargeback: 'The customer’s bank took it back',
  },
  zh: {
    operator: '运营方申请',
    'paid-late': '自动：付款过晚',
    'sale-failed': '自动：机器未能出货',
    'no-sale': '自动：没有销售',
    'final-amount': '自动：最终金额较低',
    company: '支付公司告知',
    chargeback: '顾客银行追回',
  },
})

export const box = section({
  en: {
    title: 'Cash box',
    none: 'The box has not been counted',
    noneNext: 'Cash sales are settled by counts: state what you counted when the box is emptied.',
    add: 'State a count…',
    about: 'The count is held against the cash sales since the one before; a difference is kept.',
    amount: 'Counted',
    wrongAmount: 'Give the amount that was counted, zero or more.',
    currency: 'Currency',
    at: 'When it was counted',
    by: 'Who counted',
    byMissing: 'Say who counted.',
    collected: 'The money was taken out',
    submit: 'State the count',
    expected: 'Expected',
    difference: 'Difference',
    sales: 'Cash sales',
    settled: '{{settled}} of {{sales}} shown by it',
    state: 'State',
    left: 'left in the box',
    taken: 'taken out',
  },
  zh: {
    title: '钱箱',
    none: '钱箱尚未清点',
    noneNext: '现金销售凭清点结算：清箱时请填报清点金额。',
    add: '填报清点…',
    about: '清点金额将与上次清点以来的现金销售比对，差额会保留。',
    amount: '清点金额',
    wrongAmount: '请填写清点金额，可为零。',
    currency: '币种',
    at: '清点时间',
    by: '清点人',
    byMissing: '请填写清点人。',
    collected: '现金已取出',
    submit: '提交清点',
    expected: '应有',
    difference: '差额',
    sales: '现金销售',
    settled: '{{sales}} 笔中 {{settled}} 笔得到证实',
    state: '状态',
    left: '留在箱内',
    taken: '已取出',
  },
})

export const boxState = section({
  en: { waiting: 'Not compared yet', agrees: 'Agrees', short: 'Short', over: 'Over' },
  zh: { waiting: '尚未比对', agrees: '相符', short: '短缺', over: '溢余' },
})
