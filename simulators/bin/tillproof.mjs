#!/usr/bin/env node
/** `npx tillproof …`: the one command that leads to everything; see simulators/src/cli/main.ts. */
import { launch } from './launch.mjs'

const args = process.argv.slice(2)
/** An agent lies beside a machine for months: better tidied up more often than large. */
const flags = args[0] === 'agent' ? ['--max-semi-space-size=1', '--optimize-for-size', '--no-opt', '--no-maglev'] : []
launch('simulators/src/cli/main.ts', args, flags)
