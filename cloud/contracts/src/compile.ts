/**
 * Compiles the contracts with the npm build of solc into `artifacts/*.json`, which are committed:
 * whoever runs a cloud needs no compiler, and a test says when source and artifact part ways.
 * Run `npm run compile -w cloud/contracts` after a change.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { z } from 'zod'

const contractsDir = new URL('./', import.meta.url)
const artifactsDir = new URL('../artifacts/', import.meta.url)
export const contractNames = ['AgreementRegistry', 'CheckpointAnchor'] as const

/** Consortium chains often stop before PUSH0 (Shanghai); code for Paris runs on all of them. */
const settings = {
  evmVersion: 'paris',
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
} as const

const compiled = z.object({
  errors: z
    .array(z.object({ severity: z.string(), formattedMessage: z.string() }))
    .optional()
    .default([]),
  contracts: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          abi: z.array(z.unknown()),
          evm: z.object({
            bytecode: z.object({ object: z.string() }),
            deployedBytecode: z.object({ object: z.string() }),
          }),
        }),
      ),
    )
    .optional()
    .default({}),
})

/** The text of one contract's artifact file, newline at the end. Throws when solc complains. */
export function compileContract(name: (typeof contractNames)[number]): string {
  const file = `${name}.sol`
  const content = readFileSync(new URL(file, contractsDir), 'utf8')
  const solc = loadSolc()
  const input = { language: 'Solidity', sources: { [file]: { content } }, settings }
  const output = compiled.parse(JSON.parse(solc.compile(JSON.stringify(input))))
  const contract = output.contracts[file]?.[name]
  if (output.errors.length > 0 || contract === undefined) {
    const said = output.errors.map(error => error.formattedMessage).join('\n')
    throw new TillproofError('contracts.compile', said, 'Correct the source; warnings count too.')
  }
  const artifact = {
    name,
    compiler: solc.version(),
    evmVersion: settings.evmVersion,
    sourceSha256: createHash('sha256').update(content).digest('hex'),
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  }
  return `${JSON.stringify(artifact, null, 2)}\n`
}

/** solc is a CommonJS package of ten megabytes: loaded only when something is compiled. */
function loadSolc(): { compile(input: string): string; version(): string } {
  return createRequire(import.meta.url)('solc')
}

if (import.meta.main) {
  for (const name of contractNames) {
    writeFileSync(new URL(`${name}.json`, artifactsDir), compileContract(name))
  }
}
