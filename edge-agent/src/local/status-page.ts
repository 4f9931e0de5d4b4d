/**
 * The page an installer opens on the gateway: the tick list, again every five seconds. Plain HTML
 * without scripts; every value is escaped, because port details and errors come from outside.
 */
import { createHash } from 'node:crypto'
import type { AgentStatus } from '../health/status.ts'
import { duration, type Tick, type TickState } from '../health/ticks.ts'

const SIGNS: Record<TickState, string> = { ok: '✓', warning: '!', failed: '✗', skipped: '–' }
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td { padding: .5rem; border-top: 1px solid #8884; vertical-align: top }
td:first-child { font-weight: bold; width: 1.5rem; text-align: center }
.ok td:first-child { color: #2a8a3e } .warning td:first-child { color: #b7791f }
.failed td:first-child { color: #c53030 } small { opacity: .75; display: block }
code { overflow-wrap: anywhere }`

/** The page, and the Content-Security-Policy that lets it have its one style and nothing else. */
export function statusPage(status: AgentStatus, ticks: Tick[]): { html: string; policy: string } {
  const style = createHash('sha256').update(STYLE).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${style}'; frame-ancestors 'none'`
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>${escapeHtml(status.deviceId)}</title>
<style>${STYLE}</style></head><body>
<h1>${escapeHtml(status.machine)} ${escapeHtml(status.deviceId)}</h1>
<p>Agent ${escapeHtml(status.agentVersion)},
running for ${duration(status.nowMs - status.startedAtMs)}.
Log <code>${escapeHtml(status.origin)}</code>: ${status.journal.size} events,
${status.journal.receiptedSize} receipted by the cloud.</p>
<table>${ticks.map(row).join('\n')}</table>
</body></html>
`
  return { html, policy }
}

function row({ name, state, detail, next }: Tick): string {
  const advice = next && `<small>${escapeHtml(next)}</small>`
  const cells = [SIGNS[state], escapeHtml(name), `${escapeHtml(detail)}${advice}`]
  return `<tr class="${state}">${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
