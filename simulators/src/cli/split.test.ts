/** `tillproof split` as a process: postings, faults, specifications, layouts, exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runAnyhow } from '../demo/run-to-end.ts'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'tillproof.mjs')
const folder = mkdtempSync(join(tmpdir(), 'tillproof-split-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function split(...args: string[]) {
  return runAnyhow(process.execPath, [launcher, 'split', ...args])
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const script = file(
  'sale.num',
  `vars { monetary $fee portion $share = meta(@site, "share") }
send [CNY/2 350] ( source = @till
  destination = { max $fee to @psp remaining to { $share to @site remaining to @operator } } )
set_tx_meta("fee", $fee)`,
)
const vars = ['--vars', '{"fee": "CNY/2 10"}', '--metadata', '{"site": {"share": "15%"}}']
const balances = ['--balances', '{"till": {"CNY/2": 350}}']

test('prints the postings and notes of a script', async () => {
  expect(await split(script, ...vars, ...balances)).toMatchObject({
    exitCode: 0,
    stdout:
      'till → psp       CNY/2 10\ntill → site      CNY/2 51\ntill → operator  CNY/2 289\n' +
      'fee = CNY/2 10\n',
  })
})

test('takes inputs from files, balances as rows, and prints amounts as text in JSON', async () => {
  const rows = '[{"account": "till", "asset": "CNY/2", "amount": 99999223372036854775807}]'
  const all = file('all.num', 'send [CNY/2 *] (source = @till destination = @shop)')
  const { exitCode, stdout } = await split(all, '--balances', file('rows.json', rows), '--json')
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    ok: true,
    postings: [
      { source: 'till', destination: 'shop', asset: 'CNY/2', amount: '99999223372036854775807' },
    ],
    transactionMetadata: {},
    accountMetadata: {},
  })
})

test('shows a fault at its place and fails', async () => {
  const { exitCode, stdout, stderr } = await split(script, ...vars)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toContain('sale.num:2:29: CNY/2 350 is needed here, but only CNY/2 0')
  expect(stderr).toContain('\n    |                             ^^^^^\n')
})

test('gives faults to programs as JSON', async () => {
  const { exitCode, stdout } = await split(script, ...vars, '--json')
  expect(exitCode).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    faults: [
      {
        code: 'script.missing-funds',
        line: 2,
        column: 29,
        funds: { asset: 'CNY/2', needed: '350', available: '0' },
      },
    ],
  })
})

test('prints the layout and tells the script in both languages', async () => {
  const formatted = (await split(script, '--format')).stdout
  expect(formatted).toContain('\n  destination = {\n    max $fee to @psp\n    remaining to {\n')
  expect((await split(script, '--explain', 'en')).stdout).toContain(
    '– first psp gets at most “fee”',
  )
  expect((await split(script, '--explain', 'zh-CN')).stdout).toContain('首先，psp 得至多“fee”')
})

const specsOf = (amount: number) =>
  JSON.stringify({
    balances: [{ account: 'till', asset: 'CNY/2', amount: 350 }],
    variables: { fee: 'CNY/2 10' },
    metadata: { site: { share: '15%' } },
    testCases: [
      {
        it: 'pays the site',
        'expect.endBalances.include': [{ account: 'site', asset: 'CNY/2', amount }],
      },
    ],
  })

test('runs specifications, shows what differs, and fails when one fails', async () => {
  const specs = file('sale.num.specs.json', specsOf(51))
  const passed = await split('--specs', specs)
  expect(passed).toMatchObject({ exitCode: 0 })
  expect(passed.stdout).toMatch(/^ok .*sale\.num \(1\)\n1 passed, 0 failed\n$/)
  file('sale.num.specs.json', specsOf(52))
  const failed = await split('--specs', folder)
  expect(failed.exitCode).toBe(1)
  expect(failed.stdout).toContain(
    '  pays the site\n    end balances differ:\n    - site CNY/2 52\n    + site CNY/2 51\n',
  )
  expect(failed.stdout).toMatch(/0 passed, 1 failed\n$/)
  const asJson = JSON.parse((await split('--specs', folder, '--json')).stdout)
  expect(asJson).toMatchObject({ passed: 0, failed: 1, files: [{ cases: [{ passed: false }] }] })
})

test.each([
  ['nothing at all', [], 2, 'name a script'],
  ['a script that is not there', ['none.num'], 1, 'none.num cannot be read'],
  ['specifications that are not there', ['--specs', 'none'], 1, 'none does not exist'],
  ['inputs that are no JSON', [script, '--vars', '{'], 1, '--vars is no JSON'],
  [
    'amounts with decimals',
    [script, '--balances', '{"a":{"X":1.5}}'],
    1,
    '--balances does not fit',
  ],
  ['a language it does not speak', [script, '--explain', 'tlh'], 2, 'en, zh-CN'],
])('says what is wrong with %s', async (_, args, exitCode, told) => {
  const result = await split(...args)
  expect(result.exitCode).toBe(exitCode)
  expect(result.stderr).toContain(told)
})
