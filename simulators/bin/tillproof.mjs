#!/usr/bin/env node
/** `npx tillproof …`: the one command that leads to everything; see simulators/src/cli/main.ts. */
import { launch } from './launch.mjs'

launch('simulators/src/cli/main.ts', process.argv.slice(2))
