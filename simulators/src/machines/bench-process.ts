/**
 * For tests: journal and drivers of a bench in a process of their own, so that it can be killed.
 * Takes a BenchProcess as JSON; prints `kind result` of each committed event, one a line.
 */
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { type BenchProcess, brief, runDrivers } from './bench.ts'

const { dir, config, voucherKey }: BenchProcess = JSON.parse(process.argv[2] ?? '{}')

await runDrivers(dir, config, fromHex(voucherKey) ?? new Uint8Array(), events => {
  for (const { open } of events) console.log(brief(open))
})
