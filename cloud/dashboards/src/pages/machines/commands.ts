/** The commands on an enrolment slip, safe to paste into a shell. */
import type { Enrolment } from '@tillproof/shared/api/machines.ts'

export function enrolCommand({ code, server, kind }: Enrolment): string {
  return [
    `npx tillproof agent enrol ${quoted(code)}`,
    `--server ${quoted(server)}`,
    `--home ./tillproof-agent --kind ${kind}`,
  ].join(' \\\n  ')
}

export const runCommand = 'npx tillproof agent run --home ./tillproof-agent'

/** Plain words stay as they are; everything else goes into single quotes. */
function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
