/** `tillproof tlog prove` and `tlog verify`: one entry of a log, in the published format. */
import { readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { logClient } from '../monitor/log-client.ts'
import { readPolicy } from '../verify.ts'
import { checkProof, proveEntry } from './proof.ts'

const verdicts = `Exit codes:
  0   the log holds the entry, cosigned as the policy asks
  11  the log holds it, without the policy's quorum
  20  it is no proof of this entry
  2   wrong usage: no such file, no such policy`

export function proveCommand(): Command {
  return new Command('prove')
    .description('write the proof of one entry, from what the log serves to everybody')
    .requiredOption('--url <url>', "the cloud's address, or the log's own")
    .requiredOption('--index <number>', 'the entry, from 0', wholeNumber)
    .requiredOption('--out <file>', 'where the proof goes; the entry goes to <file>.entry')
    .option('--json', 'say what was written as one JSON object')
    .action(async ({ url, index, out, json }, command: Command) => {
      const proven = await proveEntry(logClient(url), index)
      if ('fault' in proven) {
        const next = 'look at the address and at how many entries the log has'
        return command.error(`error: ${proven.fault}\n  next: ${next}`, { exitCode: 1 })
      }
      const entry = `${out}.entry`
      await writeFile(out, proven.proof)
      await writeFile(entry, proven.entry)
      const told = json
        ? JSON.stringify({ proof: out, entry, index })
        : `wrote ${out} and ${entry}; check them: tillproof tlog verify ${out} --entry ${entry}`
      process.stdout.write(`${told}\n`)
    })
}

export function verifyProofCommand(): Command {
  return new Command('verify')
    .description('verify a tlog-proof offline, against your own policy')
    .argument('<file>', 'the proof')
    .requiredOption('--entry <file>', 'the bytes that were logged')
    .requiredOption('--policy <file>', 'whom you trust, see docs/operating/lender-witness.md')
    .option('--json', 'the whole report as one JSON object')
    .addHelpText('after', `\n${verdicts}`)
    .action(async (file: string, { entry, policy: policyFile, json }, command: Command) => {
      const policy = await readPolicy(policyFile)
      if ('unusable' in policy) return command.error(`error: ${policy.unusable}`, { exitCode: 2 })
      const [proof, bytes] = await Promise.all([readOr(file, command), readOr(entry, command)])
      const report = checkProof(proof.toString('utf8'), bytes, policy.policy)
      const { ok, exitCode, detail } = report
      const told = json ? JSON.stringify({ ok, exitCode, detail }) : detail
      process.stdout.write(`${told}\n`)
      process.exitCode = exitCode
    })
}

async function readOr(file: string, command: Command): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return command.error(`error: cannot read ${file}: ${reason}`, { exitCode: 2 })
  }
}

function wholeNumber(text: string): number {
  if (/^(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  throw new InvalidArgumentError('must be a whole number from 0 on')
}
