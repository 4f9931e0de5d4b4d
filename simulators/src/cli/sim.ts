/** `tillproof sim`: everything that Tillproof meets in the field and does not own. */
import { Command } from 'commander'
import { fleetCommand } from '../fleet/cli.ts'
import { ledgerRunCommand } from '../ledger/cli.ts'
import { replugCommand, unplugCommand } from '../machines/cables-cli.ts'
import { machineCommand } from '../machines/cli.ts'
import { sandboxCommand } from '../payments/cli.ts'
import { wechatCommand } from '../payments/wechat/cli.ts'
import { stormCommand } from '../storm/cli.ts'

export function simCommand(): Command {
  return new Command('sim')
    .description(
      'Simulate payment companies, machines alone or in fleets, storms of faults, a busy book.',
    )
    .addCommand(sandboxCommand())
    .addCommand(wechatCommand())
    .addCommand(machineCommand())
    .addCommand(unplugCommand())
    .addCommand(replugCommand())
    .addCommand(fleetCommand())
    .addCommand(ledgerRunCommand())
    .addCommand(stormCommand())
}
