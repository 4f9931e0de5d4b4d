/** `tillproof tlog …`: Merkle proofs by themselves, in the formats that others publish. */
import { Command } from 'commander'
import { checkVectors, exitCodeOf, reportText, unreadableText } from './check.ts'
import { proveCommand, verifyProofCommand } from './proof-cli.ts'

const exitCodes = `Exit codes:
  0  every vector agrees
  1  at least one disagrees
  2  something could not be read as a vector; the rest was run`

export function tlogCommand(): Command {
  return new Command('tlog')
    .description('prove an entry of a log, verify such a proof, check published test vectors')
    .addCommand(proveCommand())
    .addCommand(verifyProofCommand())
    .addCommand(checkCommand())
}

function checkCommand(): Command {
  return new Command('check')
    .description('run inclusion, consistency and roots vectors')
    .argument('<files or folders...>', 'vector files, or folders whose JSON files are all run')
    .option('--json', 'the whole report as one JSON object')
    .addHelpText('after', `\n${exitCodes}`)
    .action(async (paths: string[], { json }: { json?: true }) => {
      const report = await checkVectors(paths)
      process.stdout.write(`${json ? JSON.stringify(report) : reportText(report)}\n`)
      if (!json) process.stderr.write(unreadableText(report))
      process.exitCode = exitCodeOf(report)
    })
}
