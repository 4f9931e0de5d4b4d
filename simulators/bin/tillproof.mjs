#!/usr/bin/env node
/** `npx tillproof …`: the one command that leads to everything; see simulators/src/cli/main.ts. */
import { launch } from './launch.mjs'
import { small } from './small.mjs'

const args = process.argv.slice(2)
launch('simulators/src/cli/main.ts', args, args[0] === 'agent' ? small : {})
