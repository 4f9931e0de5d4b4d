/** The browser in which the tests use the dashboard: the system's Chromium, without a display. */
import { existsSync } from 'node:fs'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Browser, chromium, type Page } from 'playwright-core'
import { isContinuousIntegration } from '../config.ts'

const executablePath = '/usr/bin/chromium'
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Whether there is a browser; where CI is set, its absence is a failure. */
export function hasBrowser(): boolean {
  if (existsSync(executablePath)) return true
  if (!isContinuousIntegration()) {
    console.warn(`SKIPPED: no browser at ${executablePath}, the dashboard is not tested`)
    return false
  }
  throw new TillproofError(
    'e2e.no-browser',
    `there is no browser at ${executablePath}`,
    'install the chromium package',
  )
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args })
}

export type Visit = {
  page: Page
  /** What the page complained of: script faults, blocked resources, failed requests. */
  complaints: string[]
}

/** A fresh visitor: no cookies, no memory, English unless said otherwise. */
export async function visit(
  browser: Browser,
  address: string,
  { locale = 'en', width = 1280 } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: address,
    locale,
    viewport: { width, height: 900 },
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { page, complaints }
}

export async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.goto('/')
  await page.locator('input[autocomplete=username]').fill(email)
  await page.locator('input[autocomplete=current-password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.waitForURL(url => url.pathname !== '/sign-in')
}
