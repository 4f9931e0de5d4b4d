/** `tillproof sim wechat`: WeChat Pay, which we do not own, as a process of its own. */
import { Command, InvalidArgumentError } from 'commander'
import { parsePort } from '../cli.ts'
import { isWechatFault, WECHAT_FAULTS, type WechatFault } from './faults.ts'
import { startWechat } from './server.ts'

const LOOK_EVERY_MS = 50

type Options = { dir: string; port: number; fault?: Set<WechatFault> }

/** The command; prints one line of JSON when ready, stops cleanly on SIGINT and SIGTERM. */
export function wechatCommand(): Command {
  return new Command('wechat')
    .description('Run a simulated WeChat Pay (API v3), whose orders a wallet at /wallet/<pr> pays')
    .requiredOption('--dir <dir>', 'folder for its keys and the settings of its merchant')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes any', parsePort, 0)
    .option('--fault <name,...>', `what always strikes: ${WECHAT_FAULTS.join(', ')}`, parseFaults)
    .action(async ({ dir, port, fault: faults = new Set() }: Options) => {
      const wechat = await startWechat({ dir, port, faults })
      const { url, keys } = wechat
      process.stdout.write(`${JSON.stringify({ url, settings: keys.settingsPath })}\n`)
      const looking = setInterval(() => void wechat.deliverDue(), LOOK_EVERY_MS)
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => {
          clearInterval(looking)
          void wechat.stop()
        })
      }
    })
}

function parseFaults(text: string): Set<WechatFault> {
  const names = text.split(',')
  const faults = names.filter(isWechatFault)
  if (faults.length === names.length) return new Set(faults)
  throw new InvalidArgumentError(`must be of ${WECHAT_FAULTS.join(', ')}`)
}
