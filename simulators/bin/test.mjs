/** `npm test`: installs what the tests need, builds the dashboard, runs every test. */
import { launch } from './launch.mjs'

launch('.ci/test.ts', process.argv.slice(2))
