/** What scripts do, as tables of postings worked out by hand. */
import { describe, expect, test } from 'vitest'
import { faults, postings, run } from '../testing.ts'

const rows = (balances: Record<string, bigint>) =>
  Object.entries(balances).map(([account, amount]) => ({ account, asset: 'CNY/2', amount }))
const send = (amount: string, source: string, destination: string) =>
  `send [CNY/2 ${amount}] (source = ${source} destination = ${destination})`

describe('destinations', () => {
  test.each([
    // CNY 10.00: the fee of 0.30 first, then a quarter of 9.70, which is 2.425, rounded up
    [
      'a fee, then portions of the rest',
      '{ max [CNY/2 30] to @psp remaining to { 25% to @site remaining to @operator } }',
      ['@ → psp 30', '@ → site 243', '@ → operator 727'],
    ],
    [
      'portions of three',
      '{ 1/3 to @a 1/3 to @b 1/3 to @c }',
      ['@ → a 334', '@ → b 333', '@ → c 333'],
    ],
    ['remaining in front', '{ remaining to @a 12.5% to @b }', ['@ → a 875', '@ → b 125']],
    ['a maximum that is not reached', '{ max [CNY/2 2000] to @a remaining to @b }', ['@ → a 1000']],
    ['a negative maximum is zero', '{ max [CNY/2 -5] to @a remaining to @b }', ['@ → b 1000']],
    ['what is kept is not posted', '{ 40% kept 60% to @a }', ['@ → a 600']],
    [
      'clauses after the last unit are not looked at',
      '{ max [CNY/2 1000] to @a max [USD/2 1] to @b remaining to @c }',
      ['@ → a 1000'],
    ],
    ['two ways to one account', '{ 1/2 to @a 1/2 to @a }', ['@ → a 500', '@ → a 500']],
    ['nothing for a share of nothing', '{ 0% to @a 100% to @b }', ['@ → b 1000']],
  ])('%s', (_, destination, expected) => {
    const told = expected.map(line => line.replace('@', 'world').replace(/ (\d+)$/, ' CNY/2 $1'))
    expect(postings(send('1000', '@world', destination))).toEqual(told)
  })
})

describe('sources', () => {
  const balances = rows({ a: 100n, b: 50n, c: -20n })
  test.each([
    ['one after the other', '120', '{ @a @b }', ['a 100', 'b 20']],
    ['portions', '100', '{ 60% from @a 40% from @b }', ['a 60', 'b 40']],
    ['a maximum of one', '60', '{ max [CNY/2 20] from @a @b }', ['a 20', 'b 40']],
    ['a maximum of several', '70', '{ max [CNY/2 120] from { @a @b } @world }', ['a 70']],
    ['an overdraft', '130', '@a allowing overdraft up to [CNY/2 30]', ['a 130']],
    ['an overdraft on top of a debt', '10', '@c allowing overdraft up to [CNY/2 30]', ['c 10']],
    ['an overdraft without end', '999', '@c allowing unbounded overdraft', ['c 999']],
    ['a negative overdraft is none', '100', '@a allowing overdraft up to [CNY/2 -7]', ['a 100']],
    ['one account twice is one posting', '100', '{ max [CNY/2 30] from @a @a }', ['a 100']],
    ['everything', '*', '{ @a @b @c }', ['a 100', 'b 50']],
    ['everything up to a maximum', '*', 'max [CNY/2 70] from @world', ['world 70']],
    ['everything with an overdraft', '*', '@b allowing overdraft up to [CNY/2 5]', ['b 55']],
  ])('%s', (_, amount, source, expected) => {
    const found = postings(send(amount, source, '@till'), { balances })
    expect(found).toEqual(expected.map(line => line.replace(' ', ' → till CNY/2 ')))
  })

  test('missing funds name what is needed and what is there, at the source', () => {
    expect(faults(send('121', '{ @a max [CNY/2 20] from @b }', '@till'), { balances })).toEqual([
      'script.missing-funds 1:28 CNY/2 121 is needed here, but only CNY/2 120 is available',
    ])
  })

  test('a portion that is not there is missing, whatever others could give', () => {
    const source = '{ 60% from @b remaining from @world }'
    expect(faults(send('100', source, '@till'), { balances })[0]).toContain(
      '1:39 CNY/2 60 is needed',
    )
  })
})

describe('statements after each other', () => {
  test('what came in can go out, what is kept stays', () => {
    const text = `
      send [CNY/2 100] (source = @world destination = @till)
      send [CNY/2 *] (source = @till destination = { max [CNY/2 30] kept remaining to @shop })
      send [CNY/2 *] (source = @till destination = @bank)`
    expect(postings(text)).toEqual([
      'world → till CNY/2 100',
      'till → shop CNY/2 70',
      'till → bank CNY/2 30',
    ])
  })

  test.each([
    ['an amount', 'save [CNY/2 30] from @a', ['a → b CNY/2 70']],
    ['more than there is', 'save [CNY/2 300] from @a', []],
    ['everything', 'save [CNY/2 *] from @a', []],
    ['another asset', 'save [USD/2 30] from @a', ['a → b CNY/2 100']],
  ])('save %s', (_, save, expected) => {
    const text = `${save} send [CNY/2 *] (source = @a destination = @b)`
    expect(postings(text, { balances: rows({ a: 100n }) })).toEqual(expected)
  })

  test('a negative maximum takes nothing from whom it names', () => {
    const text = `
      send [CNY/2 9] (source = @world destination = { max [CNY/2 -5] to @a remaining to @b })
      send [CNY/2 *] (source = { @a @b } destination = @c)`
    expect(postings(text, { balances: rows({ a: 7n }) })).toEqual([
      'world → b CNY/2 9',
      'a → c CNY/2 7',
      'b → c CNY/2 9',
    ])
  })

  test('saving more than there is leaves the overdraft as it is', () => {
    const source = '@a allowing overdraft up to [CNY/2 50]'
    const text = `save [CNY/2 300] from @a ${send('*', source, '@b')}`
    expect(postings(text, { balances: rows({ a: 100n }) })).toEqual(['a → b CNY/2 50'])
  })

  test.each(['[CNY/2 0]', '[CNY/2 10]', '[CNY/2 *]'])(
    'save %s from an overdrawn account gives it nothing to spend',
    saved => {
      const source = '@a allowing overdraft up to [CNY/2 100]'
      const text = `save ${saved} from @a ${send('*', source, '@b')}`
      expect(postings(text, { balances: rows({ a: -60n }) })).toEqual(['a → b CNY/2 40'])
    },
  )
})

describe('variables and values', () => {
  test('of all types, given as text', () => {
    const text = `
      vars { account $to asset $in number $units monetary $fee portion $share string $note }
      send [$in $units] + $fee - [CNY/2 1] (
        source = @world
        destination = { $share to $to remaining to @rest }
      )
      set_tx_meta($note, $share)`
    const variables = {
      to: 'party:site',
      in: 'CNY/2',
      units: '90',
      fee: 'CNY/2 11',
      share: '1/4',
      note: 'split',
    }
    const { postings: made, transactionMetadata } = run(text, { variables })
    expect(made.map(({ destination, amount }) => [destination, amount])).toEqual([
      ['party:site', 25n],
      ['rest', 75n],
    ])
    expect(transactionMetadata).toEqual({ split: '1/4' })
  })

  test('from balances and metadata', () => {
    const text = `
      vars {
        account $site = meta(@device:1, "site")
        portion $share = meta($site, "share")
        monetary $owed = balance(@loan, CNY/2)
      }
      send [CNY/2 100] (
        source = @world
        destination = { max $owed to @lender remaining to { $share to $site remaining to @us } }
      )`
    const metadata = { 'device:1': { site: 'site:7' }, 'site:7': { share: '50%' } }
    expect(postings(text, { metadata, balances: rows({ loan: 40n }) })).toEqual([
      'world → lender CNY/2 40',
      'world → site:7 CNY/2 30',
      'world → us CNY/2 30',
    ])
  })

  test('metadata holds values as text', () => {
    const text = `
      set_tx_meta("amount", [CNY/2 350])
      set_tx_meta("number", 1_000 - 1)
      set_account_meta(@site, "share", 2/8)
      set_account_meta(@site, "quote", "say \\"yes\\"")
      set_account_meta(@__proto__, "asset", CNY/2)`
    const { transactionMetadata, accountMetadata } = run(text)
    expect(transactionMetadata).toEqual({ amount: 'CNY/2 350', number: '999' })
    expect(Object.entries(accountMetadata)).toEqual([
      ['site', { share: '1/4', quote: 'say "yes"' }],
      ['__proto__', { asset: 'CNY/2' }],
    ])
  })

  test('names of JavaScript’s own are names like any other', () => {
    const missing = 'script.variable-missing 1:8 $constructor has no value'
    expect(faults('vars { number $constructor }')).toEqual([missing])
    expect(faults('vars { string $x = meta(@constructor, "name") }')).toEqual([
      'script.metadata-missing 1:20 constructor has no "name"',
    ])
  })
})

test('experimental features work where the script declares them', () => {
  const text = `
    #![feature("experimental-overdraft-function", "experimental-mid-script-function-call")]
    vars { monetary $double = [CNY/2 10] + [CNY/2 10] }
    send overdraft(@debtor, CNY/2) (source = @world destination = @debtor)
    send $double (source = @world destination = { max overdraft(@a, CNY/2) to @a remaining to @b })`
  expect(postings(text, { balances: rows({ debtor: -30n, a: 5n }) })).toEqual([
    'world → debtor CNY/2 30',
    'world → b CNY/2 20',
  ])
})
