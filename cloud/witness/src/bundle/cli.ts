/** `tillproof bundle export`: download the proof of a sale or of a machine's events. */
import { writeFile } from 'node:fs/promises'
import { parseBundle } from '@tillproof/shared/bundle/bundle.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { Command } from 'commander'
import { progressLine } from '../progress.ts'
import { signIn } from './cloud-session.ts'
import { exportOf, type Wanted } from './export.ts'
import { readPassword } from './password.ts'

type Options = Wanted & {
  url: string
  email: string
  passwordFile: string
  out?: string
  json?: true
}

export function bundleCommand(): Command {
  return new Command('bundle').description('fetch proof bundles').addCommand(exportCommand())
}

function exportCommand(): Command {
  return new Command('export')
    .description('download a proof bundle from a cloud, for `tillproof verify`')
    .requiredOption('--url <url>', 'the cloud, such as https://cloud.example')
    .requiredOption('--email <address>', 'whose eyes to see with')
    .requiredOption('--password-file <file>', 'file with the password; - reads standard input')
    .option('--sale <id>', 'a sale with its split, such as d0123456789ab.1.42')
    .option('--device <id>', 'events of a machine, the newest unless --range says which')
    .option('--range <first>-<last>', 'indexes of the first and the last event')
    .option('--epoch <number>', 'which enrolment of the machine; its newest unless told')
    .option('--packed', 'events as CBOR: half the bytes, and up to 100,000 of them')
    .option('--out <file>', 'where to write it; - is standard output')
    .option('--json', 'say what was written as one JSON object')
    .action(async (options: Options, command: Command) => {
      const refuse = (why: string): never => command.error(`error: ${why}`, { exitCode: 2 })
      if (!URL.canParse(options.url)) refuse(`--url ${options.url} is no address`)
      const wanted = exportOf(options)
      if ('wrong' in wanted) return refuse(wanted.wrong)
      const password = await readPassword(options.passwordFile)
      if (password === undefined) return refuse(`no password in ${options.passwordFile}`)
      await write(await download(options, password, wanted.path), options, wanted.file)
    })
}

async function download({ url, email }: Options, password: string, path: string) {
  const session = await signIn(url, { email, password })
  const progress = progressLine('downloading')
  try {
    return await session.bytes(path, progress.show)
  } finally {
    progress.end()
    await session.signOut()
  }
}

/** What is no bundle is not written under a bundle's name. */
async function write(bytes: Uint8Array, { out, json }: Options, name: string): Promise<void> {
  const parsed = parseBundle(bytes)
  if (!parsed.ok) {
    throw new TillproofError(
      'bundle.malformed',
      `what the cloud sent is no proof bundle: ${parsed.reason}`,
      'Check that cloud and command are of one version.',
    )
  }
  const file = out ?? name
  if (file === '-') {
    process.stdout.write(bytes)
    return
  }
  await writeFile(file, bytes)
  const events = parsed.bundle.events.length
  const said = json ? JSON.stringify({ file, events }) : `${file}: ${events} events`
  process.stdout.write(`${said}\n`)
}
