/**
 * `tillproof data erase`: an operator removes the personal data of one event, in his cloud at once
 * and on the machine by an order that the cloud sends until it is obeyed.
 */
import { confirm } from '@tillproof/edge-agent/local/confirm.ts'
import { type Erasure, erasure } from '@tillproof/shared/api/erasure.ts'
import { isReason, MAX_REASON_LENGTH } from '@tillproof/shared/wire/erase-order.ts'
import { signIn } from '@tillproof/witness/bundle/cloud-session.ts'
import { readPassword } from '@tillproof/witness/bundle/password.ts'
import { Command } from 'commander'

type Options = {
  url: string
  email: string
  passwordFile: string
  device: string
  index: string
  epoch?: string
  reason: string
  yes?: true
  json?: true
}

export function dataCommand(): Command {
  return new Command('data').description('personal data in events').addCommand(eraseCommand())
}

function eraseCommand(): Command {
  return new Command('erase')
    .description('erase the sealed part of an event and its salt, for good; every proof stays')
    .requiredOption('--url <url>', 'the cloud, such as https://cloud.example')
    .requiredOption('--email <address>', 'an administrator of the machine’s operator')
    .requiredOption('--password-file <file>', 'file with the password; - reads standard input')
    .requiredOption('--device <id>', 'the machine')
    .requiredOption('--index <number>', 'which event of its log')
    .option('--epoch <number>', 'which enrolment of the machine; its present one unless told')
    .requiredOption('--reason <text>', 'one line, for everybody who may see the machine')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object')
    .action(async (options: Options, command: Command) => {
      const refuse = (why: string): never => command.error(`error: ${why}`, { exitCode: 2 })
      const wrong = wrongIn(options)
      if (wrong !== undefined) return refuse(wrong)
      const password = await readPassword(options.passwordFile)
      if (password === undefined) return refuse(`no password in ${options.passwordFile}`)
      const { device, index, yes } = options
      if (!yes) await confirm(`Erase the personal data of event ${index} of ${device} for good?`)
      say(await erase(options, password), options)
    })
}

function wrongIn({ url, device, index, epoch, reason }: Options): string | undefined {
  if (!URL.canParse(url)) return `--url ${url} is no address`
  if (!/^d[0-9a-z]{12}$/.test(device)) return `--device ${device} is no device id`
  if (!/^\d{1,15}$/.test(index)) return `--index ${index} is no number`
  if (epoch !== undefined && !/^[1-9]\d{0,8}$/.test(epoch)) return `--epoch ${epoch} is no number`
  return isReason(reason)
    ? undefined
    : `--reason has one line of 1 to ${MAX_REASON_LENGTH} characters`
}

async function erase(options: Options, password: string): Promise<Erasure> {
  const { url, email, device, index, epoch, reason } = options
  const session = await signIn(url, { email, password })
  try {
    const asked = { index: Number(index), reason, ...(epoch && { epoch: Number(epoch) }) }
    return erasure.parse(
      JSON.parse(await session.post(`/api/v1/devices/${device}/erasures`, asked)),
    )
  } finally {
    await session.signOut()
  }
}

const MACHINE: Readonly<Record<Erasure['machine'], string>> = {
  ordered: 'the machine has the order, or gets it when it connects',
  erased: 'the machine has erased its own copy',
  'earlier-epoch': 'its journal is of an earlier enrolment: delete that folder on the gateway',
}

function say(done: Erasure, { json }: Options): void {
  const text = json ? JSON.stringify(done) : `erased in the cloud; ${MACHINE[done.machine]}`
  process.stdout.write(`${text}\n`)
}
