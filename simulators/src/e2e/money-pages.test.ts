/**
 * The dashboard's money side of the running demo, as each party uses it: the site's owner reads its
 * statement without a grant, the operator its takings, and pays a customer back.
 */
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, openBrowser, signIn, type Visit, visit } from './browser.ts'
import { startDemoForTest, type TestDemo } from './demo.ts'

const PATIENCE_MS = 120_000
const tooWideBy = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

describe.skipIf(!hasBrowser())('the money pages of the running demo', () => {
  let demo: TestDemo
  let browser: Browser
  let operator: Visit
  let site: Visit

  beforeAll(async () => {
    demo = await startDemoForTest()
    browser = await openBrowser()
    operator = await visit(browser, demo.address)
    await signIn(operator.page, demo.signIns.operator)
    site = await visit(browser, demo.address, { width: 390, locale: 'zh-CN' })
    await signIn(site.page, demo.signIns.site)
  }, 300_000)
  afterAll(() => browser?.close())

  test('a party reads its own statement and saves it, on a telephone', async () => {
    const { page } = site
    await page.getByRole('heading', { name: '对账单', level: 1 }).waitFor()
    await page.locator('td a[href*="share"]').first().click({ timeout: PATIENCE_MS })
    await page
      .getByRole('region', { name: '期末余额' })
      .getByText(/¥[\d,]+\.\d\d/)
      .waitFor()
    await page.locator('.movement').first().waitFor({ timeout: PATIENCE_MS })
    expect(await page.evaluate(tooWideBy)).toBe(0)
    const saving = page.waitForEvent('download', { timeout: PATIENCE_MS })
    await page.getByRole('button', { name: '保存为 CSV' }).click()
    const [head, opening, first] = linesOf(await (await saving).path())
    expect(head).toMatch(/^\uFEFFbooked_at,/)
    expect(opening).toMatch(/,opening,.*,0\.00,CNY$/)
    expect(first).toMatch(/,sale,sale:d/)
  }, 300_000)

  test('the operator sees takings as bars and in a table that says the same', async () => {
    const { page } = operator
    await page.goto('/takings?step=month')
    const total = page.getByRole('region', { name: 'Takings', exact: true })
    await total.getByText(/CN¥[1-9]/).waitFor({ timeout: PATIENCE_MS })
    await page.getByRole('img', { name: /stacked by grade/ }).waitFor()
    await page.locator('.bar-part').first().waitFor()
    await page.getByRole('row').filter({ hasText: 'Share of Central Station' }).waitFor()
  }, 200_000)

  test('a customer is paid back in part, with a reason, once', async () => {
    const { page } = operator
    await page.goto(`/sales/${await clearedSale(page)}`)
    await page.getByRole('button', { name: 'Pay back…' }).click({ timeout: PATIENCE_MS })
    await page.getByRole('button', { name: 'Pay back', exact: true }).click()
    await page.getByRole('alert').getByText('Say why it goes back.').waitFor()
    await page.getByLabel(/^Amount, at most/).fill('0.10')
    await page.getByLabel(/^Reason/).fill('The can was warm')
    await page.getByRole('button', { name: 'Pay back', exact: true }).click()
    const refund = page.getByRole('row').filter({ hasText: 'The can was warm' })
    await refund.getByText('CN¥0.10').waitFor({ timeout: PATIENCE_MS })
    await refund.getByText('Paid back').waitFor({ timeout: PATIENCE_MS })
    expect(await refund.count()).toBe(1)
  }, 300_000)

  test('every page says something at its first opening, in both widths', async () => {
    const paths = ['takings', 'statements', 'open-items', 'incidents', 'agreements']
    for (const { page } of [operator, site]) {
      for (const path of paths) {
        await page.goto(`/${path}`)
        await page.locator('.card, .ant-empty').first().waitFor({ timeout: PATIENCE_MS })
        expect(await page.evaluate(tooWideBy), path).toBe(0)
      }
    }
  }, 300_000)

  test('nothing on the way was blocked or broke', () => {
    // The first question, who is signed in, is answered 401 to everybody.
    const faults = [operator, site].flatMap(({ complaints }) => complaints)
    expect(faults.filter(text => !/status of 401/.test(text))).toEqual([])
  })
})

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\r\n')

/** A sale that is cleared, as soon as there is one. */
async function clearedSale(page: Page): Promise<string> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const answer = await page.request.get('/api/v1/sales?limit=200')
    const { items } = (await answer.json()) as { items: { id: string; state: string }[] }
    const cleared = items.findLast(({ state }) => state === 'cleared')
    if (cleared !== undefined) return cleared.id
    await page.waitForTimeout(1_000)
  }
  return expect.fail('no sale was cleared')
}
