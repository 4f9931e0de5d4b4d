/** `tillproof sim wechat`: WeChat Pay, which we do not own, as a process of its own. */
import { Command } from 'commander'
import { parsePort } from '../cli.ts'
import { parseWechatFaults, WECHAT_FAULTS } from './faults.ts'
import { startWechat } from './server.ts'

const LOOK_EVERY_MS = 50

/** The command; prints one line of JSON when ready, stops cleanly on SIGINT and SIGTERM. */
export function wechatCommand(): Command {
  return new Command('wechat')
    .description('Run a simulated WeChat Pay (API v3), whose orders a wallet at /wallet/<pr> pays')
    .requiredOption('--dir <dir>', 'folder for its keys and the settings of its merchant')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes any', parsePort, 0)
    .option('--fault <name,...>', `faults that always strike: ${WECHAT_FAULTS.join(', ')}`, '')
    .action(async (options: { dir: string; port: number; fault: string }) => {
      const faults = parseWechatFaults(options.fault)
      const wechat = await startWechat({ dir: options.dir, port: options.port, faults })
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
