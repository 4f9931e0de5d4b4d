/**
 * `tillproof split`: runs, formats and explains a split script, or runs specification files.
 * Nothing is posted anywhere; what an agreement would do can be tried on a laptop.
 */
import { readFileSync } from 'node:fs'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { explainScript, formatTold } from '@tillproof/shared/numscript/explain/explain.ts'
import { adviceFor, describeFault, type ScriptFault } from '@tillproof/shared/numscript/fault.ts'
import { formatScript } from '@tillproof/shared/numscript/format.ts'
import { type RunOutput, runScript } from '@tillproof/shared/numscript/run/run.ts'
import { readScript } from '@tillproof/shared/numscript/script.ts'
import { positionOf } from '@tillproof/shared/numscript/span.ts'
import type { Script } from '@tillproof/shared/numscript/syntax.ts'
import { Command, Option } from 'commander'
import { readBalances, readMetadata, readVariables } from './split-inputs.ts'
import { runSpecsAt } from './split-specs.ts'

type Options = {
  specs?: string
  vars?: string
  balances?: string
  metadata?: string
  explain?: 'en' | 'zh-CN'
  format?: boolean
  json?: boolean
}

export function splitCommand(): Command {
  return new Command('split')
    .description('Run, format or explain a split script (Numscript), or run specification files.')
    .argument('[script]', 'the script, a .num file')
    .option('--vars <json>', 'values of its variables, as JSON or a JSON file: {"fee": "CNY/2 12"}')
    .option('--balances <json>', 'what accounts hold: {"shop": {"CNY/2": 350}}, or a list of rows')
    .option('--metadata <json>', 'what meta() reads: {"shop": {"share": "15%"}}')
    .addOption(
      new Option('--explain <language>', 'tell the script in plain language').choices([
        'en',
        'zh-CN',
      ]),
    )
    .option('--format', 'print the script in its one right layout')
    .option('--specs <path>', 'run a specification file, or all of those in a folder')
    .option('--json', 'print JSON; amounts as text')
    .action((script: string | undefined, options: Options, command: Command) => {
      if (options.specs !== undefined) runSpecsAt(options.specs, options.json === true)
      else if (script !== undefined) splitWith(script, options)
      else command.error('error: name a script, or specification files after --specs')
    })
}

function splitWith(file: string, options: Options): void {
  const text = readText(file)
  const read = readScript(text)
  if (!read.ok) failWith(file, text, read.faults, options)
  else if (options.format === true) print(formatScript(read.script))
  else if (options.explain !== undefined) explain(read.script, options)
  else run(file, read.script, options)
}

function run(file: string, script: Script, options: Options): void {
  const result = runScript(script, {
    variables: readVariables(options.vars),
    balances: readBalances(options.balances),
    metadata: readMetadata(options.metadata),
  })
  if (result.ok) print(options.json === true ? asJson(result) : asText(result))
  else failWith(file, script.text, [result.fault], options)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const next = 'Check the path of the script.'
    throw new TillproofError('split.unreadable', `${file} cannot be read.`, next, { cause })
  }
}

function explain(script: Script, { explain: language = 'en', json }: Options): void {
  const lines = explainScript(script, language)
  print(json === true ? `${JSON.stringify({ lines })}\n` : formatTold(lines))
}

/** A compiler's message for people; the same fields for programs. */
function failWith(file: string, text: string, faults: ScriptFault[], { json }: Options): void {
  process.exitCode = 1
  if (json !== true) {
    for (const fault of faults) process.stderr.write(`${describeFault(text, fault, file)}\n`)
    return
  }
  const told = faults.map(fault => ({
    code: fault.code,
    title: fault.message,
    next: adviceFor(fault),
    ...positionOf(text, fault.span.start),
    ...(fault.funds && { funds: withTexts(fault.funds) }),
  }))
  print(`${JSON.stringify({ ok: false, faults: told })}\n`)
}

function asJson({ postings, transactionMetadata, accountMetadata }: RunOutput): string {
  const told = postings.map(withTexts)
  return `${JSON.stringify({ ok: true, postings: told, transactionMetadata, accountMetadata })}\n`
}

/** Amounts as text: JSON's numbers are floats. */
function withTexts(record: Readonly<Record<string, string | bigint>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]))
}

function asText({ postings, transactionMetadata, accountMetadata }: RunOutput): string {
  const ways = postings.map(({ source, destination }) => `${source} → ${destination}`)
  const width = Math.max(0, ...ways.map(way => way.length))
  const lines = postings.map(({ asset, amount }, index) => {
    return `${(ways[index] ?? '').padEnd(width)}  ${asset} ${amount}`
  })
  const notes = Object.entries(transactionMetadata).map(([key, value]) => `${key} = ${value}`)
  const accounts = Object.entries(accountMetadata).flatMap(([account, values]) =>
    Object.entries(values).map(([key, value]) => `@${account} ${key} = ${value}`),
  )
  const all = [...lines, ...notes, ...accounts]
  return all.length === 0 ? 'nothing moves\n' : `${all.join('\n')}\n`
}

function print(text: string): void {
  process.stdout.write(text)
}
