/** `npm run check`: the one gate a change has to pass before its tests. */
import { launch } from './launch.mjs'

launch('.ci/check.ts', process.argv.slice(2))
