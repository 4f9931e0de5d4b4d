/** What the runner of specification files says of files that fail, and of files that are wrong. */
import { expect, test } from 'vitest'
import { runSpecs } from './specs.ts'

const text = `vars { monetary $gross }
send $gross (
  source = @till
  destination = { 10% to @site remaining to @operator }
)
set_tx_meta("kind", "sale")
set_account_meta(@till, "last", $gross)`
const till = (amount: number) => [{ account: 'till', asset: 'CNY/2', amount }]

function reportOf(testCase: object, more: object = {}) {
  const variables = { gross: 'CNY/2 350' }
  const specs = { balances: till(350), variables, ...more, testCases: [{ it: 'x', ...testCase }] }
  return runSpecs(text, JSON.stringify(specs))[0]
}

const posting = (destination: string, amount: number) => ({
  source: 'till',
  destination,
  amount,
  asset: 'CNY/2',
})

test.each([
  ['postings', { 'expect.postings': [posting('site', 35), posting('operator', 315)] }],
  [
    'movements in any order',
    { 'expect.movements': [posting('operator', 315), posting('site', 35)] },
  ],
  [
    'end balances, those at 0 left out',
    {
      'expect.endBalances': [
        { account: 'operator', asset: 'CNY/2', amount: 315 },
        { account: 'site', asset: 'CNY/2', amount: 35 },
      ],
    },
  ],
  [
    'some end balances',
    { 'expect.endBalances.include': [{ account: 'site', asset: 'CNY/2', amount: 35 }] },
  ],
  ['metadata of the transaction', { 'expect.txMetadata': { kind: 'sale' } }],
  ['metadata of accounts', { 'expect.metadata': { till: { last: 'CNY/2 350' } } }],
  ['missing funds', { 'expect.error.missingFunds': true, variables: { gross: 'CNY/2 351' } }],
  ['nothing at all', {}],
])('%s as expected', (_, testCase) => {
  expect(reportOf(testCase)).toEqual({ it: 'x', passed: true, problems: [] })
})

test('postings that differ are shown as a difference', () => {
  const expected = [posting('site', 35), posting('maker', 5), posting('operator', 310)]
  expect(reportOf({ 'expect.postings': expected })?.problems).toEqual([
    'postings differ:',
    '  till → site CNY/2 35',
    '- till → maker CNY/2 5',
    '- till → operator CNY/2 310',
    '+ till → operator CNY/2 315',
  ])
})

test.each([
  ['end balances', { 'expect.endBalances': till(1) }, 'end balances differ:'],
  ['included end balances', { 'expect.endBalances.include': till(1) }, 'end balances differ:'],
  ['movements', { 'expect.movements': [posting('site', 350)] }, 'movements differ:'],
  ['transaction metadata', { 'expect.txMetadata': {} }, 'transaction metadata differ:'],
  ['account metadata', { 'expect.metadata': {} }, 'account metadata differ:'],
])('%s that differ fail', (_, testCase, head) => {
  const report = reportOf(testCase)
  expect(report?.passed).toBe(false)
  expect(report?.problems[0]).toBe(head)
})

test('funds that are there although they should be missing fail', () => {
  const report = reportOf({ 'expect.error.missingFunds': true })
  expect(report?.problems).toEqual(['expected missing funds, but the script ran'])
})

test('a fault that nobody expected is shown with its place', () => {
  const report = reportOf({ variables: { gross: 'CNY/2 351' }, 'expect.postings': [] })
  expect(report?.problems[0]).toContain('script:3:12: CNY/2 351 is needed here')
})

test.each([
  ['skipped', { skip: true }, 'skipped: a case that is not run cannot pass'],
  [
    'colours',
    { balances: [{ account: 'till', asset: 'CNY/2', amount: 1, color: 'RED' }] },
    '"experimental-asset-colors" is not supported',
  ],
])('a case with %s fails', (_, testCase, problem) => {
  expect(reportOf(testCase)).toEqual({ it: 'x', passed: false, problems: [problem] })
})

test('with a focus on one case, the others fail as not run', () => {
  const cases = [{ it: 'a', focus: true }, { it: 'b' }]
  const specs = { balances: till(1), variables: { gross: 'CNY/2 1' }, testCases: cases }
  expect(runSpecs(text, JSON.stringify(specs)).map(({ passed }) => passed)).toEqual([true, false])
})

test('features of the file are declared for the script, unknown ones refused by name', () => {
  const known = reportOf({}, { featureFlags: ['experimental-overdraft-function'] })
  expect(known?.passed).toBe(true)
  const unknown = reportOf({}, { featureFlags: ['experimental-oneof'] })
  expect(unknown?.problems[0]).toContain('the feature "experimental-oneof" is not supported')
})

test.each([
  ['no JSON', '{'],
  ['no cases', '{"testCases": []}'],
  ['unknown keys', '{"testCases": [{"it": "x", "expect.posting": []}]}'],
  [
    'an amount with decimals',
    '{"testCases": [], "balances": [{"account":"a","asset":"X","amount":1.5}]}',
  ],
])('a file with %s is one failed case', (_, specsText) => {
  const [report, ...others] = runSpecs(text, specsText)
  expect(others).toEqual([])
  expect(report?.passed).toBe(false)
  expect(report?.problems.length).toBeGreaterThan(0)
})

test('amounts beyond 2^53 keep every digit', () => {
  const huge = '99999223372036854775807'
  const balances = `[{"account":"till","asset":"CNY/2","amount":${huge}}]`
  const expected = `[{"source":"till","destination":"shop","asset":"CNY/2","amount":${huge}}]`
  const testCases = `[{"it":"x","expect.postings":${expected}}]`
  const specsText = `{"balances":${balances},"testCases":${testCases}}`
  const all = 'send [CNY/2 *] (source = @till destination = @shop)'
  expect(runSpecs(all, specsText)).toEqual([{ it: 'x', passed: true, problems: [] }])
})
