/** `npm start`: the whole of Tillproof with three simulated machines, as `tillproof start`. */
import { launch } from './launch.mjs'

launch('simulators/src/cli/main.ts', ['start', ...process.argv.slice(2)])
