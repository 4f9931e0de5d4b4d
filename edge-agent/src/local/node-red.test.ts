/** The Node-RED editor as the agent starts it: a child behind the token. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { startNodeRed } from './node-red.ts'

test('the editor runs as a child, wants the token, and ends with us', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillproof-node-red-'))
  const token = 'a-token-for-this-test'
  const agent = { url: 'http://127.0.0.1:9', token, home: folder }
  const log = pino({ level: 'silent' })
  try {
    const editor = await startNodeRed({ folder, port: 0, agent, log })
    const api = (path: string, headers: Record<string, string> = {}) =>
      fetch(new URL(path, editor.url), { headers: { accept: 'application/json', ...headers } })
    expect((await api('nodes')).status).toBe(401)
    expect((await api('nodes', { authorization: 'Bearer wrong' })).status).toBe(401)
    const nodes = await api('nodes', { authorization: `Bearer ${token}` })
    const modules = ((await nodes.json()) as { module: string }[]).map(({ module }) => module)
    expect(modules).toContain('node-red')
    expect(readFileSync(join(folder, 'settings.js'), 'utf8')).not.toContain(token)
    await editor.stop()
    await expect(api('nodes')).rejects.toThrow()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
