/** Simplified Chinese. */
import type { Overdraft, Phrases, Quantity } from './phrases.ts'

export const chinese: Phrases = {
  world: '账外',
  types: {
    account: '账户',
    asset: '币种',
    number: '数字',
    monetary: '金额',
    portion: '比例',
    string: '文本',
  },
  percentage: digits => `${digits}%`,
  named: name => `“${name}”`,
  given: (variable, type) => join(variable, '由外部给定，为', type),
  defined: (variable, value) => join(variable, '取', value),
  balanceOf: (account, asset) => join(account, '的', asset, '余额'),
  overdraftOf: (account, asset) => join(account, '的', asset, '透支额'),
  recordOf: (key, account) => join(account, '所记的', `“${key}”`),
  everythingIn: asset => join('全部', asset),
  send: what => join('付出', what),
  sendTo: (what, source, destination) => join('从', source, '付给', destination, '：', what),
  save: (what, account) => join('此后保留', account, '中的', what, '，不得动用'),
  noteOnTransaction: (key, value) => join(`在本笔交易上记“${key}”：`, value),
  noteOnAccount: (account, key, value) => join('在', account, `上记“${key}”：`, value),
  inOrder: (index, clause) => join(index === 0 ? '首先，' : '然后，', clause),
  gets: (who, quantity) => join(who, '得', words(quantity)),
  stays: quantity => join(words(quantity), '留在原账户'),
  isSharedOut: quantity => join(words(quantity), '作如下分配'),
  from: (who, quantity, overdraft) => join(part(quantity), '出自', who, overdrawn(overdraft)),
  fromSeveral: (quantity, isInOrder) =>
    join(part(quantity), isInOrder ? '依次出自下列账户，各尽其所有' : '出自下列账户'),
  sentence: clause => `${clause}。`,
  heading: clause => `${clause}：`,
}

/** A space where Chinese meets Latin letters or digits; never inside a part: it may be a name. */
function join(...parts: string[]): string {
  return parts.reduce((text, part) => text + (meets(text, part) ? ' ' : '') + part)
}

function meets(left: string, right: string): boolean {
  const seam = `${[...left].at(-1) ?? ''}${[...right].at(0) ?? ''}`
  return /^(?:[A-Za-z0-9%]\p{Script=Han}|\p{Script=Han}[A-Za-z0-9%])$/u.test(seam)
}

function words(quantity: Quantity): string {
  switch (quantity.kind) {
    case 'all':
      return '全部'
    case 'rest':
      return '剩余部分'
    case 'upTo':
      return join('至多', quantity.amount)
    case 'portion':
      return quantity.portion
    case 'limited':
      return `${words(quantity.quantity)}（至多 ${quantity.amount}）`
  }
}

function part(quantity: Quantity): string {
  return quantity.kind === 'all' ? '' : words(quantity)
}

function overdrawn(overdraft: Overdraft): string {
  switch (overdraft.kind) {
    case 'none':
      return ''
    case 'unbounded':
      return '（可无限透支）'
    case 'upTo':
      return `（至多可透支 ${overdraft.amount}）`
  }
}
