/** Scripts told in plain language, as the parties of an agreement read them before they sign. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { accounts, anyPlan, splitText } from '../../testing/scripts.ts'
import { script } from '../testing.ts'
import { explainScript, formatTold } from './explain.ts'

const vending = `
  vars {
    monetary $psp_fee
    portion $site_share = meta(@site:7, "share")
    monetary $owed = balance(@loan:3:due, CNY/2)
  }
  save [CNY/2 500] from @device:d1:takings
  send [CNY/2 350] (
    source = { @device:d1:takings @device:d1:float allowing overdraft up to [CNY/2 1000] }
    destination = {
      max $psp_fee to @psp:fees
      max $owed + [CNY/2 1] to @loan:3:repayment
      remaining to {
        $site_share to @site:7
        12.5% kept
        remaining to { 1/2 to @maker 1/2 to @world }
      }
    }
  )
  set_tx_meta("kind", "sale")
  set_account_meta(@site:7, "last", [CNY/2 350])`

const names = {
  account: (address: string) => (address === 'site:7' ? '1号楼' : undefined),
  variable: (name: string) => (name === 'psp_fee' ? 'payment fee' : undefined),
}
const told = (text: string, language: 'en' | 'zh-CN', given = {}) =>
  formatTold(explainScript(script(text), language, given))

test('in English', () => {
  expect(told(vending, 'en', names)).toBe(`“payment fee” is given: an amount of money.
“site share” is what 1号楼 has noted as “share”.
“owed” is the balance of loan:3:due in CNY.
Keep CNY 5.00 of device:d1:takings out of reach from here on.
Send CNY 3.50:
  – from several accounts, each as far as it reaches:
    – first from device:d1:takings
    – then from device:d1:float, which may be overdrawn by up to CNY 10.00
  – all of it is shared out:
    – first psp:fees gets at most “payment fee”
    – then loan:3:repayment gets at most “owed” + CNY 0.01
    – then what is left is shared out:
      – 1号楼 gets “site share”
      – 12.5 % stays where it was
      – what is left is shared out:
        – maker gets 1/2
        – the outside world gets 1/2
Note on the transaction, as “kind”: “sale”.
Note on 1号楼, as “last”: CNY 3.50.
`)
})

test('in Chinese', () => {
  expect(told(vending, 'zh-CN', names)).toBe(`“payment fee”由外部给定，为金额。
“site share”取 1号楼所记的“share”。
“owed”取 loan:3:due 的 CNY 余额。
此后保留 device:d1:takings 中的 CNY 5.00，不得动用。
付出 CNY 3.50：
  – 依次出自下列账户，各尽其所有：
    – 首先，出自 device:d1:takings
    – 然后，出自 device:d1:float（至多可透支 CNY 10.00）
  – 全部作如下分配：
    – 首先，psp:fees 得至多“payment fee”
    – 然后，loan:3:repayment 得至多“owed” + CNY 0.01
    – 然后，剩余部分作如下分配：
      – 1号楼得“site share”
      – 12.5% 留在原账户
      – 剩余部分作如下分配：
        – maker 得 1/2
        – 账外得 1/2
在本笔交易上记“kind”：“sale”。
在 1号楼上记“last”：CNY 3.50。
`)
})

test.each([
  ['send [CNY/2 5] (source = @a destination = @b)', 'Send CNY 0.05 from a to b.\n'],
  ['send [JPY *] (source = @a destination = @b)', 'Send everything in JPY from a to b.\n'],
  ['save [JPY *] from @a', 'Keep everything in JPY of a out of reach from here on.\n'],
  ['send [CNY/2 -5] (source = @a destination = @b)', 'Send CNY −0.05 from a to b.\n'],
  ['send [X/99 7] (source = @a destination = @b)', 'Send X/99 7 from a to b.\n'],
  [
    'send [JPY 9] (source = max [JPY 5] from @world allowing unbounded overdraft destination = @b)',
    'Send JPY 9:\n' +
      '  – at most JPY 5 from the outside world, which may be overdrawn without limit\n' +
      '  – b gets all of it\n',
  ],
  [
    'send [JPY 9] (source = { 20% from max [JPY 5] from @a remaining from @b } destination = @c)',
    'Send JPY 9:\n  – from several accounts:\n    – 20 %, but at most JPY 5, from a\n' +
      '    – what is left from b\n  – c gets all of it\n',
  ],
  [
    'vars { number $n asset $x } send [$x $n - (1 - 2)] (source = @a destination = @b)',
    '“n” is given: a number.\n“x” is given: a currency.\nSend “x” “n” − (1 − 2) from a to b.\n',
  ],
  [
    'vars { number $n } send [CNY/2 $n] (source = @a destination = @b)',
    '“n” is given: a number.\nSend “n” × CNY 0.01 from a to b.\n',
  ],
])('%s', (text, expected) => {
  expect(told(text, 'en')).toBe(expected)
})

test('names everybody who can get something, in both languages', () => {
  fc.assert(
    fc.property(anyPlan(4), fc.constantFrom('en', 'zh-CN'), (plan, language) => {
      const text = splitText(plan)
      const lines = told(text, language)
      for (const account of accounts) {
        expect(lines.includes(account)).toBe(text.includes(`@${account}`))
      }
    }),
  )
})
