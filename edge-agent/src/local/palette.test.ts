/**
 * The Node-RED palette in a real Node-RED, against the real local API on a real journal: a sale in,
 * a signed custom event out. And the palette's own rules: locales, help, short status texts.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { CommittedEvent } from '../journal/event-store.ts'
import { testJournal } from '../journal/testing.ts'
import { startNodeRed } from './node-red.ts'
import { type LocalDeps, startLocalServer } from './server.ts'

const PALETTE = fileURLToPath(new URL('../../node-red', import.meta.url))
const TOKEN = 'palette-test-token-palette-test-token-palet'
const NODES = ['tillproof-agent', 'tillproof-event-in', 'tillproof-custom-event']

test('the example flow counts sales and has the count signed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillproof-palette-'))
  const { journal, stop } = await testJournal()
  const deps: Pick<LocalDeps, 'store' | 'log' | 'token'> = {
    store: journal,
    log: { deviceId: 'd0123456789ab', epoch: 1 },
    token: TOKEN,
  }
  const api = await startLocalServer(
    { ...deps, status: unused, recordTest: unused, audit: unused },
    0,
  )
  cpSync(join(PALETTE, 'examples', 'takings-check.json'), join(folder, 'flows.json'))
  const agent = { url: api.url, token: TOKEN, home: folder }
  const editor = await startNodeRed({ folder, port: 0, agent, log: pino({ level: 'silent' }) })
  try {
    const customs: CommittedEvent[] = []
    journal.subscribe(events => customs.push(...events.filter(it => it.open.kind === 'custom')))
    // The flow listens live: sales are made until it has heard one.
    for (let sale = 0; sale < 100 && customs.length === 0; sale++) {
      await journal.append({ events: [ended('failed'), ended('success')] })
      await new Promise(resolve => setTimeout(resolve, 200))
    }
    const { detail } = customs[0]?.open ?? {}
    expect(detail).toMatchObject({ name: 'sales-counted', count: 1 })
    expect(detail?.saleId).toMatch(/^d0123456789ab\.1\.\d+$/)
  } finally {
    await editor.stop()
    await api.stop()
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

function ended(result: 'success' | 'failed') {
  const fields = { result, amountMinor: 350n, currency: 'CNY' }
  return { kind: 'sale.result', sale: 'opens', fields } as const
}

function unused(): never {
  throw new TypeError('the flow asks for events only')
}

describe('rules of the palette', () => {
  const manifest = JSON.parse(readFileSync(join(PALETTE, 'package.json'), 'utf8'))
  const text = (path: string) => readFileSync(join(PALETTE, 'nodes', path), 'utf8')

  test('every node is declared, registered by a literal name, and has an editor part', () => {
    expect(Object.keys(manifest['node-red'].nodes)).toEqual(NODES)
    for (const name of NODES) {
      expect(text(`${name}.js`)).toContain(`registerType('${name}'`)
      expect(text(`${name}.html`)).toContain(
        `<script type="text/javascript">\n  RED.nodes.registerType('${name}', {`,
      )
      expect(text(`${name}.html`)).toContain(`data-template-name="${name}"`)
    }
  })

  test('at most six dependencies', () => {
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(6)
  })

  test('both languages say the same things, and every label used is there', () => {
    for (const name of NODES) {
      const [en, zh] = ['en-US', 'zh-CN'].map(language =>
        keysOf(JSON.parse(text(`locales/${language}/${name}.json`))),
      )
      expect(zh).toEqual(en)
      for (const [, key] of text(`${name}.html`).matchAll(/data-i18n="([^"]+)"/g)) {
        expect(en).toContain(key)
      }
      for (const language of ['en-US', 'zh-CN']) {
        expect(text(`locales/${language}/${name}.html`)).toContain(`data-help-name="${name}"`)
      }
    }
  })

  test('status texts are shorter than twenty characters', () => {
    for (const language of ['en-US', 'zh-CN']) {
      for (const name of NODES) {
        const { status = {} } = JSON.parse(text(`locales/${language}/${name}.json`))[name]
        for (const value of Object.values<string>(status)) {
          expect(value.replace('__index__', '123456').length).toBeLessThan(20)
        }
      }
    }
  })

  test('every node but the configuration stands in an example', () => {
    const examples = readdirSync(join(PALETTE, 'examples'))
    const types = examples.flatMap(file =>
      JSON.parse(readFileSync(join(PALETTE, 'examples', file), 'utf8')).map(
        (node: { type: string }) => node.type,
      ),
    )
    for (const name of NODES) expect(types).toContain(name)
  })
})

function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, item]) =>
    keysOf(item, path === '' ? key : `${path}.${key}`),
  )
}
