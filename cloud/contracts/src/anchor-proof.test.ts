/** What a real chain's `eth_getProof` says, read without the chain: roots, absences, lies. */
import { readFileSync } from 'node:fs'
import { anchorSlot, readAnchorProof } from '@tillproof/shared/bundle/anchor-proof.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { type Abi, createPublicClient, createWalletClient, type Hex, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../testing/anvil.ts'

const artifactFile = new URL('../artifacts/CheckpointAnchor.json', import.meta.url)
const artifact: { abi: Abi; bytecode: Hex } = JSON.parse(readFileSync(artifactFile, 'utf8'))
/** SHA-256 of the text "demo.tillproof.local/log", by sha256sum. */
const originHash = 'a60f2e501d966320f92632d8f396e739ba1289cf82978f61a818f3ecf9cda7b5'
const owner = privateKeyToAccount(generatePrivateKey())
const legacy = { type: 'legacy', gas: 2_000_000n, gasPrice: 0n, chain: null } as const
const SIZES = 40
const anything: unknown = expect.any(Uint8Array)
/** Of every size another root; that of size 3 begins with zeros, which storage leaves out. */
const rootAt = (size: number) =>
  size === 3 ? `${'00'.repeat(5)}${'ab'.repeat(27)}` : (size + 16).toString(16).repeat(32)

let anvil: Anvil
let contract: Hex

beforeAll(async () => {
  anvil = await startAnvil()
  const wallet = createWalletClient({ account: owner, transport: http(anvil.url) })
  const args = [`0x${originHash}`, owner.address]
  const deployed = await mined(await wallet.deployContract({ ...artifact, ...legacy, args }))
  contract = `0x${String(deployed.contractAddress).slice(2).toLowerCase()}`
  for (let size = 1; size <= SIZES; size++) {
    const args = [`0x${originHash}`, BigInt(size), `0x${rootAt(size)}`]
    const call = { address: contract, abi: artifact.abi, functionName: 'anchor', args }
    await mined(await wallet.writeContract({ ...call, ...legacy }))
  }
}, 60_000)
afterAll(() => anvil.stop())

test('each anchored root is read from its proof', async () => {
  for (const size of [1, 3, 17, SIZES]) {
    const { stateRoot, proof } = await proofOf(size)
    const reading = readAnchorProof(query(size), stateRoot, proof)
    expect(reading).toEqual({ ok: true, root: bytes(rootAt(size)) })
  }
})

describe('it is proven that there is no root', () => {
  test('of a size that was not anchored', async () => {
    const { stateRoot, proof } = await proofOf(999)
    expect(readAnchorProof(query(999), stateRoot, proof)).toEqual({ ok: true, root: null })
  })

  test('where there is no contract', async () => {
    const nowhere = `0x${'77'.repeat(20)}` as const
    const { stateRoot, proof } = await proofOf(1, nowhere)
    const reading = readAnchorProof({ ...query(1), contract: nowhere }, stateRoot, proof)
    expect(reading).toEqual({ ok: true, root: null })
  })
})

describe('refused', () => {
  test('is a proof for another size, another contract, another block', async () => {
    const { stateRoot, proof } = await proofOf(17)
    const elsewhere = { ...query(17), contract: `0x${'77'.repeat(20)}` }
    expect(readAnchorProof(query(18), stateRoot, proof)).toMatchObject({ ok: false })
    expect(readAnchorProof(elsewhere, stateRoot, proof)).not.toMatchObject({ root: anything })
    expect(readAnchorProof(query(17), stateRoot.with(0, 1), proof)).toMatchObject({ ok: false })
  })

  test('is a proof with any byte changed, a node missing, or a node too many', async () => {
    const { stateRoot, proof } = await proofOf(17)
    const read = (account: Uint8Array[], storage: Uint8Array[]) =>
      readAnchorProof(query(17), stateRoot, { account, storage }).ok
    const { account, storage } = proof
    for (const [nodes, verdict] of [
      [account, (changed: Uint8Array[]) => read(changed, storage)],
      [storage, (changed: Uint8Array[]) => read(account, changed)],
    ] as const) {
      for (const [at, node] of nodes.entries()) {
        for (let byte = 0; byte < node.length; byte++) {
          const changed = node.with(byte, (node[byte] ?? 0) ^ 1)
          expect(verdict(nodes.with(at, changed))).toBe(false)
        }
        expect(verdict(nodes.toSpliced(at, 1))).toBe(false)
      }
      expect(verdict([...nodes, Uint8Array.of(0x80)])).toBe(false)
      expect(verdict([])).toBe(false)
    }
  })
})

function query(size: number) {
  return { contract, originHash: bytes(originHash), size }
}

async function proofOf(size: number, address = contract) {
  const slot: Hex = `0x${toHex(anchorSlot(bytes(originHash), size))}`
  const block = await chain().getBlock()
  const { number: blockNumber } = block
  const answer = await chain().getProof({ address, storageKeys: [slot], blockNumber })
  const account = answer.accountProof.map(bytes)
  const storage = (answer.storageProof[0]?.proof ?? []).map(bytes)
  return { stateRoot: bytes(block.stateRoot), proof: { account, storage } }
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex.replace(/^0x/, '')) ?? expect.unreachable()
}

function chain() {
  return createPublicClient({ transport: http(anvil.url), cacheTime: 0, pollingInterval: 50 })
}

function mined(hash: Hex) {
  return chain().waitForTransactionReceipt({ hash })
}
