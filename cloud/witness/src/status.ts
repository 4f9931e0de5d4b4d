/** What a witness tells people: who it is, how far each log came, what it refused. */
import type { OpenWitness } from './witness-dir.ts'

export type WitnessStatus = {
  name: string
  vkey: string
  /** `note`: the newest cosigned checkpoint with the log's own signature, null before the first. */
  logs: { origin: string; size: number; cosignedAt: string | null; note: string | null }[]
  refused: { origin: string; kind: string; at: string; note: string }[]
}

export function statusOf(witness: OpenWitness): WitnessStatus {
  return {
    name: witness.name,
    vkey: witness.vkey,
    logs: witness.logs.map(log => {
      const latest = witness.state.latest(log.name)
      const cosignedAt = latest === undefined ? null : isoOf(latest.atS)
      const { size, note } = latest ?? { size: 0, note: null }
      return { origin: log.name, size, cosignedAt, note }
    }),
    refused: witness.state.refused().map(({ origin, kind, note, atS }) => {
      return { origin, kind, at: isoOf(atS), note }
    }),
  }
}

export function statusPage(status: WitnessStatus): string {
  const logs = status.logs.map(({ origin, size, cosignedAt }) => {
    return `<tr><td>${escapeHtml(origin)}<td>${size}<td>${escapeHtml(cosignedAt ?? 'never')}`
  })
  const refused = status.refused.map(
    one => `<tr><td>${one.at}<td>${escapeHtml(one.origin)}<td>${one.kind}
      <td><pre>${escapeHtml(one.note)}</pre>`,
  )
  const verdict =
    refused.length === 0
      ? '<p class="ok">Every checkpoint extended the one before.</p>'
      : `<p class="bad">${refused.length} signed checkpoints were refused: proof below.</p>
         <table><tr><th>When<th>Log<th>Why<th>Signed checkpoint${refused.join('')}</table>`
  return `<!doctype html><html lang="en"><meta charset="utf-8">
<title>Witness ${escapeHtml(status.name)}</title>
<style>body{font:16px system-ui;margin:2rem;max-width:60rem}td,th{text-align:left;padding:.2rem 1rem
 .2rem 0;vertical-align:top}.ok{color:#18794e}.bad{color:#b42318;font-weight:600}</style>
<h1>Witness ${escapeHtml(status.name)}</h1>
<p>Verifier key: <code>${escapeHtml(status.vkey)}</code></p>
${verdict}
<table><tr><th>Log<th>Leaves<th>Last cosigned${logs.join('')}</table>
</html>
`
}

function isoOf(timeS: number): string {
  return new Date(timeS * 1000).toISOString()
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, character => entities[character] ?? '')
}
