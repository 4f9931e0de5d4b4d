/** `tillproof note …`: look at signed notes by themselves, whoever wrote them. */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { noteReportText, parseKeys, verifyNoteBy } from './verify.ts'

const exitCodes = `Exit codes:
  0  every given key has signed this text
  1  it has not, or the file is no note
  2  wrong usage: no such file, no such key`

export function noteCommand(): Command {
  return new Command('note')
    .description('verify C2SP signed notes: checkpoints, device heads, receipts')
    .addCommand(verifyNoteCommand())
}

type Options = { vkey: string[]; json?: true }

function verifyNoteCommand(): Command {
  const collect = (vkey: string, before: string[] = []) => [...before, vkey]
  return new Command('verify')
    .description(
      'verify a note with keys of type 0x01 (Ed25519), 0x04 (cosignature) or ours for SM2',
    )
    .argument('<file>', 'the note')
    .requiredOption('--vkey <vkey>', 'a verifier key you trust; give it again for more', collect)
    .option('--json', 'the whole report as one JSON object')
    .addHelpText('after', `\n${exitCodes}`)
    .action(async (file: string, { vkey, json }: Options, command: Command) => {
      const parsed = parseKeys(vkey)
      if ('wrong' in parsed) {
        const what = 'is no verifier key of type 0x01, 0x04 or 0xff with SM2'
        return command.error(`error: "${parsed.wrong}" ${what}`, { exitCode: 2 })
      }
      const read = await readNote(file)
      if ('fault' in read) {
        return command.error(`error: cannot read ${file}: ${read.fault}`, { exitCode: 2 })
      }
      const report = verifyNoteBy(read.bytes, parsed.keys)
      process.stdout.write(`${json ? JSON.stringify(report) : noteReportText(report)}\n`)
      process.exitCode = report.ok ? 0 : 1
    })
}

async function readNote(file: string): Promise<{ bytes: Uint8Array } | { fault: string }> {
  try {
    return { bytes: await readFile(file) }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}
