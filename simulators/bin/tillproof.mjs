#!/usr/bin/env node
/** `npx tillproof …`: the one command that leads to everything; see simulators/src/cli/main.ts. */
import { launch } from './launch.mjs'

const args = process.argv.slice(2)
/** An agent has five events a second to deal with, on a small machine: better small than fast. */
const small = ['--max-semi-space-size=1', '--optimize-for-size', '--no-opt', '--no-maglev']
const flags = args[0] === 'agent' ? small : []
launch('simulators/src/cli/main.ts', args, flags)
