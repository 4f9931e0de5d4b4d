/** Words for the closed sets of the API: kinds, states, grades. Keys are the API's own values. */
import { section } from './section.ts'

export const machineKind = section({
  en: {
    vending: 'Vending machine',
    'massage-chair': 'Massage chair',
    'shared-car': 'Shared car',
    washer: 'Washer',
    charger: 'Charging post',
    virtual: 'Virtual machine',
  },
  zh: {
    vending: '自动售货机',
    'massage-chair': '按摩椅',
    'shared-car': '共享汽车',
    washer: '洗衣机',
    charger: '充电桩',
    virtual: '虚拟机器',
  },
})

export const liveness = section({
  en: { live: 'Live', delayed: 'Delayed', stale: 'Stale', never: 'Never heard' },
  zh: { live: '实时', delayed: '延迟', stale: '失联', never: '从未上报' },
})

export const deviceStatus = section({
  en: { active: 'Active', quarantined: 'Quarantined', retired: 'Retired' },
  zh: { active: '正常', quarantined: '已隔离', retired: '已停用' },
})

export const auditState = section({
  en: {
    ordered: 'Waiting for the machine',
    read: 'Read',
    failed: 'Failed',
    expired: 'Not answered',
  },
  zh: { ordered: '等待机器', read: '已读取', failed: '失败', expired: '未应答' },
})

export const incidentKind = section({
  en: {
    fork: 'The machine showed two histories',
    'controller-swap': 'The controller was swapped',
    'place-left': 'The machine left its place',
    moved: 'The machine was moved',
    tamper: 'A tamper contact was opened',
    'meter-epoch': 'A meter that never falls began anew',
    'audit-damaged': 'An audit arrived damaged',
    'voucher-replayed': 'A spent voucher was shown again and again',
    'events-missing': 'The machine had to leave events out',
    'goods-unsold': 'The meter counted more than was sold',
    'sales-phantom': 'Sales were told that the meter did not count',
    'two-places': 'At two places that nothing travels between so fast',
    'more-than-held': 'Sold more than it holds since its door was opened',
    'audit-failing': 'Its audit cannot be read',
    'audit-sums-differ': 'Its audit does not add up',
    'stock-short': 'Goods are missing',
    'stock-over': 'More goods are left than sales allow',
    'stock-risen': 'More goods than were filled in',
    'refill-unseen': 'A refill without a door that opened',
    'sales-at-visit': 'Many sales while somebody stood there (weak)',
  },
  zh: {
    fork: '机器出示了两份不同的历史',
    'controller-swap': '控制器已更换',
    'place-left': '机器离开了指定位置',
    moved: '机器被移动',
    tamper: '防拆触点被触发',
    'meter-epoch': '只增计数重新开始',
    'audit-damaged': '审计数据损坏',
    'voucher-replayed': '反复出示已用凭证',
    'events-missing': '机器丢弃了部分事件',
    'goods-unsold': '计数多于已报销售',
    'sales-phantom': '已报销售未被计数',
    'two-places': '短时间内出现在两地',
    'more-than-held': '开门补货后的销售超过容量',
    'audit-failing': '无法读取审计数据',
    'audit-sums-differ': '审计数据合计不符',
    'stock-short': '货物短少',
    'stock-over': '剩余货物多于销售所示',
    'stock-risen': '货物多于补货量',
    'refill-unseen': '补货时未见开门',
    'sales-at-visit': '到访时集中销售（弱迹象）',
  },
})

export const saleState = section({
  en: {
    open: 'Open',
    succeeded: 'Delivered',
    failed: 'Failed',
    matched: 'Matched with payment',
    cleared: 'Cleared',
  },
  zh: {
    open: '进行中',
    succeeded: '已出货',
    failed: '失败',
    matched: '已与付款匹配',
    cleared: '已清分',
  },
})

export const grade = section({
  en: {
    claimed: 'Claimed',
    signed: 'Signed',
    corroborated: 'Corroborated',
    settled: 'Settled',
    repaid: 'Repaid',
  },
  zh: {
    claimed: '声称',
    signed: '已签名',
    corroborated: '已佐证',
    settled: '已结算',
    repaid: '已还款',
  },
})

export const gradeMeaning = section({
  en: {
    claimed: 'Somebody says so; no signature is behind it.',
    signed: 'The machine signed it.',
    corroborated: 'The machine signed it, and its own counter or the payment company agrees.',
    settled: 'The payment company’s bill has it, or a count of the cash box shows it.',
    repaid: 'It is settled, and the lender’s share of it has repaid the loan.',
  },
  zh: {
    claimed: '仅有声称，没有签名。',
    signed: '机器已签名。',
    corroborated: '机器已签名，且机器计数器或支付公司与之一致。',
    settled: '支付公司账单载有该笔，或钱箱清点予以证实。',
    repaid: '已结算，且其中出资方份额已用于还款。',
  },
})

export const scope = section({
  en: { monitor: 'Monitoring', finance: 'Monitoring and money' },
  zh: { monitor: '监控', finance: '监控与资金' },
})

export const organisationKind = section({
  en: {
    platform: 'Platform',
    operator: 'Operator',
    lender: 'Lender',
    site: 'Site owner',
    supplier: 'Supplier',
  },
  zh: {
    platform: '平台',
    operator: '运营方',
    lender: '出资方',
    site: '场地方',
    supplier: '供货方',
  },
})

export const loanState = section({
  en: { performing: 'Performing', repaid: 'Repaid' },
  zh: { performing: '正常', repaid: '已还清' },
})

export const anchorState = section({
  en: { submitted: 'Submitted', mined: 'In a block', final: 'Final', failed: 'Refused' },
  zh: { submitted: '已提交', mined: '已入块', final: '已最终确认', failed: '被拒绝' },
})

export const eventKind = section({
  en: {
    genesis: 'Log begins',
    'agent.started': 'Agent started',
    'agent.stopped': 'Agent stopped',
    'port.up': 'Port up',
    'port.down': 'Port down',
    'sale.requested': 'Sale requested',
    'payment.seen': 'Payment seen',
    'sale.approved': 'Sale approved',
    'sale.refused': 'Sale refused',
    'sale.result': 'Sale result',
    'session.started': 'Session started',
    'session.ended': 'Session ended',
    'meter.read': 'Meter read',
    'position.fix': 'Position',
    'door.opened': 'Door opened',
    'door.closed': 'Door closed',
    'ignition.on': 'Ignition on',
    'ignition.off': 'Ignition off',
    custom: 'Custom event',
    test: 'Test event',
    gap: 'Gap recorded',
    redaction: 'Redaction',
    'place.left': 'Left its place',
    'place.entered': 'Back in its place',
    moved: 'Was moved',
    'tamper.on': 'Tamper contact on',
    'tamper.off': 'Tamper contact off',
    'meter.epoch': 'Meter began anew',
    'audit.read': 'Audit read',
    'audit.failed': 'Audit failed',
    'voucher.replayed': 'Spent voucher shown again',
  },
  zh: {
    genesis: '日志起始',
    'agent.started': '代理启动',
    'agent.stopped': '代理停止',
    'port.up': '端口接通',
    'port.down': '端口断开',
    'sale.requested': '请求购买',
    'payment.seen': '看到付款',
    'sale.approved': '批准销售',
    'sale.refused': '拒绝销售',
    'sale.result': '销售结果',
    'session.started': '服务开始',
    'session.ended': '服务结束',
    'meter.read': '读取计数',
    'position.fix': '定位',
    'door.opened': '开门',
    'door.closed': '关门',
    'ignition.on': '点火',
    'ignition.off': '熄火',
    custom: '自定义事件',
    test: '测试事件',
    gap: '记录缺口',
    redaction: '脱敏',
    'place.left': '离开指定位置',
    'place.entered': '回到指定位置',
    moved: '被移动',
    'tamper.on': '防拆触点触发',
    'tamper.off': '防拆触点恢复',
    'meter.epoch': '计数重新开始',
    'audit.read': '读取审计',
    'audit.failed': '审计失败',
    'voucher.replayed': '重复出示已用凭证',
  },
})

export const saleResult = section({
  en: { success: 'success', failed: 'failed', presumed: 'presumed after power loss' },
  zh: { success: '成功', failed: '失败', presumed: '断电后推定' },
})
