/**
 * A banker's walk through the dashboard of the running demo: portfolio, machine, sale, and the
 * proof of that sale checked in the browser. Then the same check with what a liar would deliver.
 */
import { join } from 'node:path'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { updatesScreenshots } from '../config.ts'
import { hasBrowser, openBrowser, signIn, type Visit, visit } from './browser.ts'
import { startDemoForTest, type TestDemo } from './demo.ts'

const PATIENCE_MS = 120_000
const tooWideBy = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
const HAN = /\p{Script=Han}/u
const picture = join(import.meta.dirname, '../../../docs/images/dashboard.png')

describe.skipIf(!hasBrowser())('the dashboard of the running demo', () => {
  let demo: TestDemo
  let browser: Browser
  let lender: Visit

  beforeAll(async () => {
    demo = await startDemoForTest()
    browser = await openBrowser()
    lender = await visit(browser, demo.address)
    await signIn(lender.page, demo.signIns.lender)
  }, 300_000)
  afterAll(() => browser?.close())

  test('a wrong password is refused in words', async () => {
    const { page } = await visit(browser, demo.address)
    await page.goto('/')
    await page.getByLabel('E-mail').fill(demo.signIns.lender.email)
    await page.getByLabel('Password').fill('not this one')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('The address or the password is wrong').waitFor()
    await page.context().close()
  })

  test('the lender sees its figures, each with its time and its definition', async () => {
    const { page } = lender
    await page.getByRole('heading', { name: 'Portfolio', level: 1 }).waitFor()
    const outstanding = page.getByRole('region', { name: 'Outstanding', exact: true })
    await outstanding.getByText(/CN¥[\d,]+\.\d\d/).waitFor()
    await outstanding.getByText(/As of \d\d:\d\d:\d\d/).waitFor()
    await outstanding.getByRole('button', { name: /Why this number/ }).click()
    await page.getByRole('tooltip').getByText('Why this number?').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('row').filter({ hasText: 'Live' }).first().waitFor()
  })

  test('portfolio, machine, sale: each figure leads to what is under it', async () => {
    const { page } = lender
    await page.goto('/portfolio?list=machines')
    await page.locator('td a[href^="/machines/"]').first().click()
    await page.getByRole('heading', { name: 'Facts' }).waitFor()
    await page.getByRole('radiogroup', { name: 'Filters' }).getByText('Sales').click()
    const cleared = page.getByRole('row').filter({ hasText: 'Cleared' })
    await cleared.first().waitFor({ timeout: PATIENCE_MS })
    await cleared.last().getByRole('link').first().click()
    await page.getByRole('heading', { name: 'How it was divided' }).waitFor()
    await page.getByText('Debits equal credits').waitFor({ timeout: PATIENCE_MS })
  }, 200_000)

  test('the proof of the sale holds in the browser, to the witness', async () => {
    const { page } = lender
    await verifyUntil(page, 'witnessed')
    await page.getByText('Proven and witnessed').waitFor()
    const report = page.locator('.report')
    expect(await report.getByText('Failed', { exact: true }).count()).toBe(0)
    for (const name of ['Witnesses', 'Division of the sale', 'This page: same postings']) {
      const row = report.getByRole('row').filter({ hasText: name })
      expect(await row.first().textContent()).toContain('Passed')
    }
  }, 200_000)

  test('a bundle that was touched on the way is not proven', async () => {
    const { page } = lender
    await deliverInstead(page, bundle => bundle.replace(/"index":(\d)/, (_, n) => `"index":1${n}`))
    expect(await verdictOf(page)).toBe('invalid')
  })

  test('the proof of another sale is found out', async () => {
    const { page } = lender
    const other = await otherClearedSale(page)
    const response = await page.request.get(`/api/v1/bundles/sales/${other}`)
    const proof = await response.text()
    await deliverInstead(page, () => proof)
    expect(await verdictOf(page)).toBe('differs')
  })

  test('an own policy that trusts another witness is not content with this one', async () => {
    const { page } = lender
    await page.unrouteAll()
    const policy = await (await page.request.get('/api/v1/policy')).text()
    await page.getByText('My own', { exact: true }).click()
    await page.getByLabel('Text of your policy').fill(strangersPolicy(policy))
    expect(await verdictOf(page)).toBe('logged')
    await page.getByRole('button', { name: 'Forget it' }).click()
  })

  test('each machine sells under an agreement of its own, told in words and tried', async () => {
    const { page } = await visit(browser, demo.address)
    await signIn(page, demo.signIns.lender)
    await page.goto('/agreements')
    const inForce = page.getByRole('row').filter({ hasText: 'In force' })
    await inForce.first().waitFor()
    expect(await inForce.count()).toBe(3)
    await inForce.filter({ hasText: 'goods' }).getByRole('link').click()
    await page.getByText('“rent”: of each month the greater of 15 % of its takings').waitFor()
    await page.getByText('then Central Station gets at most “rent”').waitFor()
    const paid = page.getByRole('row').filter({ hasText: 'Remainder' })
    await paid.waitFor({ timeout: PATIENCE_MS })
    expect(await page.evaluate(tooWideBy)).toBe(0)
    await page.context().close()
  })

  test('in Chinese every figure has a Chinese name and definition', async () => {
    const { page } = await visit(browser, demo.address, { locale: 'zh-CN' })
    await signIn(page, demo.signIns.lender)
    await page.locator('.figure').first().waitFor()
    for (const figure of await page.locator('.figure').all()) {
      expect(await figure.locator('h3').textContent()).toMatch(HAN)
      await figure.getByRole('button').click()
      const definition = page.getByRole('tooltip').locator('.why p').first()
      await definition.waitFor()
      expect(await definition.textContent()).toMatch(HAN)
      await figure.getByRole('button').click()
      await definition.waitFor({ state: 'hidden' })
    }
    await page.context().close()
  })

  test('every page fits the width of a telephone', async () => {
    const { page } = await visit(browser, demo.address, { width: 390 })
    await signIn(page, demo.signIns.lender)
    const paths = ['portfolio', 'machines', 'sales', 'agreements', 'ledger', 'grants', 'evidence']
    for (const path of paths.map(name => `/${name}`)) {
      await page.goto(path)
      await page.locator('.card').first().waitFor()
      expect(await page.evaluate(tooWideBy), path).toBe(0)
    }
    await page.context().close()
  })

  test('the portfolio makes a picture, kept for the documentation when asked', async () => {
    const { page } = lender
    await page.goto('/portfolio')
    await page.locator('td a').first().waitFor()
    const image = await page.screenshot(updatesScreenshots() ? { path: picture } : {})
    expect(image.length).toBeGreaterThan(10_000)
  })

  test('nothing on the way was blocked or broke', () => {
    // The first question, who is signed in, is answered 401 to everybody.
    const expected = /status of 401/
    expect(lender.complaints.filter(text => !expected.test(text))).toEqual([])
  })
})

/** Presses Verify until the verdict is there: a fresh sale waits for its checkpoint. */
async function verifyUntil(page: Page, wanted: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  for (let verdict = ''; verdict !== wanted; verdict = await verdictOf(page)) {
    if (Date.now() > end) expect(verdict).toBe(wanted)
    await page.waitForTimeout(1_000)
  }
}

/** Presses Verify; the verdict, or the code of a refusal. Pressing takes the last one away. */
async function verdictOf(page: Page): Promise<string> {
  await page.getByRole('button', { name: /^Verify/ }).click()
  const outcome = page.locator('[data-verdict], [data-refused]')
  await outcome.waitFor()
  const verdict = await outcome.getAttribute('data-verdict')
  return verdict ?? (await outcome.getAttribute('data-refused')) ?? ''
}

/** From now on the page receives this instead of the bundle it asks for. */
async function deliverInstead(page: Page, change: (bundle: string) => string): Promise<void> {
  await page.unrouteAll()
  await page.route(/\/api\/v1\/bundles\//, async route => {
    const response = await route.fetch()
    await route.fulfill({ response, body: change(await response.text()) })
  })
}

async function otherClearedSale(page: Page): Promise<string> {
  const shown = new URL(page.url()).pathname.split('/').at(-1)
  const answer = await page.request.get('/api/v1/sales?limit=200')
  const { items } = (await answer.json()) as { items: { id: string; state: string }[] }
  const other = items.findLast(({ id, state }) => state === 'cleared' && id !== shown)
  expect(other).toBeDefined()
  return other?.id ?? ''
}

/** The cloud's policy with a stranger in place of its witnesses. */
function strangersPolicy(policy: string): string {
  const stranger = vkey('stranger.example', 'cosignature', ed25519.generate().publicKey)
  return policy
    .split('\n')
    .filter(line => !/^(witness|group|quorum) /.test(line))
    .concat(`witness stranger ${stranger}`, 'quorum stranger', '')
    .join('\n')
}
