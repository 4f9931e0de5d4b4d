/**
 * The page on which anybody checks a bundle, in a real browser and without a cloud behind it: ten
 * thousand events, with a bar that moves and a page that stays awake; and what is not proven.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import { type TestApp, testApp } from '@tillproof/cloud/platform/testing-http.ts'
import { packBundle } from '@tillproof/shared/bundle/write.ts'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProofSet } from '../bench/evidence/proof-set.ts'
import { bundleText, policyText, sampleBundle } from '../bench/evidence/sample-bundle.ts'
import { seededRandom } from '../random.ts'
import { hasBrowser, openBrowser, visit } from './browser.ts'

const EVENTS = 10_000
const MANY = 100_000
const dashboards = join(import.meta.dirname, '../../../cloud/dashboards')
const PATIENCE_MS = 120_000
type Golden = { policy: string; bundle: { anchor: { state: { blockHash: string } } } }
const vector = join(import.meta.dirname, '../../../shared/vectors/bundle.json')
const golden: Golden = JSON.parse(readFileSync(vector, 'utf8'))

describe.skipIf(!hasBrowser())('the page that checks a bundle', () => {
  let dir: string
  let database: TestDatabase
  let app: TestApp
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tillproof-verify-page-'))
    const outDir = join(dir, 'dist')
    await build({ root: dashboards, build: { outDir }, logLevel: 'silent' })
    const set = makeProofSet(MANY + 1, seededRandom(1))
    const text = bundleText(sampleBundle(set, EVENTS))
    const { frame, events } = sampleBundle(set, MANY)
    const at = text.lastIndexOf('"salt":"') + 8
    const touched = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
    writeFileSync(join(dir, 'whole.json'), text)
    writeFileSync(join(dir, 'touched.json'), touched)
    writeFileSync(join(dir, 'many.cbor'), packBundle(frame, events))
    writeFileSync(join(dir, 'golden.json'), JSON.stringify(golden.bundle))
    database = await testDatabase()
    app = await testApp(database.db, [], { dashboardDir: outDir })
    browser = await openBrowser()
    ;({ page, complaints } = await visit(browser, app.url))
  }, 300_000)
  afterAll(async () => {
    await browser.close()
    await app.close()
    await database.drop()
    rmSync(dir, { recursive: true, force: true })
  })

  test(
    'shows how far it is and goes on answering, up to the verdict',
    async () => {
      await choose(page, join(dir, 'whole.json'), policyText)
      await page.evaluate(watchTheBar)
      await page.getByRole('button', { name: 'Verify' }).click()
      expect(await verdictOf(page)).toBe('witnessed')
      const seen: Seen = await page.evaluate('window.seen')
      // A page that hashes ten thousand events itself takes no turn in between, and shows no step.
      expect(seen.turns).toBeGreaterThan(10)
      expect(seen.percents.length).toBeGreaterThan(3)
      expect(seen.percents).toEqual(seen.percents.toSorted((a, b) => a - b))
      const proven = page.getByRole('region', { name: 'Events proven' })
      expect(await proven.textContent()).toContain('2,500')
    },
    PATIENCE_MS,
  )

  test(
    'stops when it is told to, in the middle',
    async () => {
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.getByRole('progressbar').waitFor({ state: 'detached' })
      expect(await page.locator('[data-verdict]').count()).toBe(0)
      await page.getByRole('button', { name: 'Verify', exact: true }).waitFor()
    },
    PATIENCE_MS,
  )

  test(
    'proves nothing when one letter of ten thousand events is another',
    async () => {
      await page.locator('input[type=file]').first().setInputFiles(join(dir, 'touched.json'))
      await page.getByRole('button', { name: 'Verify' }).click()
      expect(await verdictOf(page)).toBe('invalid')
      expect(await page.getByRole('region', { name: 'Events proven' }).count()).toBe(0)
    },
    PATIENCE_MS,
  )

  test(
    'verifies a packed one of a hundred thousand',
    async () => {
      await choose(page, join(dir, 'many.cbor'), policyText)
      await page.getByRole('button', { name: 'Verify' }).click()
      expect(await verdictOf(page)).toBe('witnessed')
      const proven = page.getByRole('region', { name: 'Events proven' })
      expect(await proven.textContent()).toContain('25,000')
    },
    PATIENCE_MS,
  )

  test(
    'finds an anchor by the chain’s own proof, once a block of it is known',
    async () => {
      const strangers = golden.policy.replace(/\nvalidators .*\n/, '\n')
      await choose(page, join(dir, 'golden.json'), strangers)
      await page.getByRole('button', { name: 'Verify' }).click()
      expect(await verdictOf(page)).toBe('witnessed')
      const block = page.getByLabel('Hash of a block you trust')
      await block.fill('0x12')
      expect(await page.getByRole('button', { name: /^Verify/ }).isDisabled()).toBe(true)
      await block.fill(golden.bundle.anchor.state.blockHash)
      await page.getByRole('button', { name: /^Verify/ }).click()
      expect(await verdictOf(page)).toBe('anchored')
      await page.getByText('proven under a block that you named').waitFor()
    },
    PATIENCE_MS,
  )

  test('asks the cloud for nothing but itself', () => {
    // That nobody is signed in, a cloud without that address answers with 404.
    expect(complaints.filter(text => !/status of 40[14]/.test(text))).toEqual([])
  })
})

async function choose(page: Page, file: string, policy: string): Promise<void> {
  await page.goto('/verify')
  await page.locator('input[type=file]').first().setInputFiles(file)
  await page.getByText('My own', { exact: true }).click()
  await page.getByLabel('Text of your policy').fill(policy)
}

async function verdictOf(page: Page): Promise<string | null> {
  const outcome = page.locator('[data-verdict], [data-refused]')
  await outcome.waitFor({ timeout: PATIENCE_MS })
  return outcome.getAttribute('data-verdict')
}

type Seen = { turns: number; percents: number[] }

/** Runs in the page: counts its turns while the bar is there, and keeps what the bar says. */
const watchTheBar = `
  window.seen = { turns: 0, percents: [] }
  setInterval(() => {
    const bar = document.querySelector('[role=progressbar]')
    if (bar === null) return
    const percent = Number(bar.getAttribute('aria-valuenow'))
    window.seen.turns += 1
    if (window.seen.percents.at(-1) !== percent) window.seen.percents.push(percent)
  }, 4)
`
