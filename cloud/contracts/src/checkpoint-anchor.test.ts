/** The contract on a real chain: who may anchor, that sizes only grow, what stays stored. */
import { readFileSync } from 'node:fs'
import {
  type Abi,
  createPublicClient,
  createTestClient,
  createWalletClient,
  getAddress,
  type Hex,
  http,
  publicActions,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Anvil, startAnvil } from '../testing/anvil.ts'

const artifactFile = new URL('../artifacts/CheckpointAnchor.json', import.meta.url)
const artifact: { abi: Abi; bytecode: Hex } = JSON.parse(readFileSync(artifactFile, 'utf8'))
/** SHA-256 of the text "demo.tillproof.local/log", by sha256sum. */
const originHash = '0xa60f2e501d966320f92632d8f396e739ba1289cf82978f61a818f3ecf9cda7b5'
const otherOrigin = `0x${'22'.repeat(32)}` as const
const root = `0x${'ab'.repeat(32)}` as const
const owner = privateKeyToAccount(generatePrivateKey())
const stranger = privateKeyToAccount(generatePrivateKey())

let anvil: Anvil
let address: Hex

beforeAll(async () => {
  anvil = await startAnvil()
  address = await deploy()
})
afterAll(async () => {
  await anvil.stop()
})

test('the code runs on a chain that knows nothing newer than Paris', async () => {
  expect(await chain().getCode({ address })).toMatch(/^0x60/)
})

test('a root is stored by origin and size, the latest size is kept, an event says so', async () => {
  const receipt = await anchor(owner, [originHash, 5n, root])
  expect(receipt.status).toBe('success')
  expect(await read('rootAt', [originHash, 5n])).toBe(root)
  expect(await read('rootAt', [originHash, 4n])).toBe(`0x${'00'.repeat(32)}`)
  expect(await read('latestSize', [originHash])).toBe(5n)
  const logs = await chain().getContractEvents({ address, abi: artifact.abi, fromBlock: 0n })
  expect(logs.map(log => log.eventName)).toEqual(['SenderChanged', 'Anchored'])
  expect(logs[1]?.args).toEqual({ originHash, size: 5n, root })
})

test('sizes only grow: smaller, equal and zero are refused and change nothing', async () => {
  for (const size of [0n, 4n, 5n]) {
    await expect(simulate(owner.address, [originHash, size, root])).rejects.toThrow('NotNewer')
    expect((await anchor(owner, [originHash, size, root])).status).toBe('reverted')
  }
  expect(await read('latestSize', [originHash])).toBe(5n)
})

test('the largest size there is still fits', async () => {
  const largest = 2n ** 64n - 1n
  await expect(simulate(owner.address, [originHash, largest, root])).resolves.toBeDefined()
})

test('an empty root is refused, for nobody could tell it from no root', async () => {
  const empty = `0x${'00'.repeat(32)}` as const
  await expect(simulate(owner.address, [originHash, 6n, empty])).rejects.toThrow('EmptyRoot')
})

test('who is not allowed for this very log is refused', async () => {
  await expect(simulate(stranger.address, [originHash, 6n, root])).rejects.toThrow('NotAllowed')
  await expect(simulate(owner.address, [otherOrigin, 6n, root])).rejects.toThrow('NotAllowed')
})

test('only the owner changes senders, and a sender that was stopped is refused', async () => {
  const change = [otherOrigin, stranger.address, true] as const
  await expect(simulate(stranger.address, change, 'setSender')).rejects.toThrow('NotOwner')
  await write(owner, 'setSender', change)
  expect((await anchor(stranger, [otherOrigin, 1n, root])).status).toBe('success')
  await write(owner, 'setSender', [otherOrigin, stranger.address, false])
  await expect(simulate(stranger.address, [otherOrigin, 2n, root])).rejects.toThrow('NotAllowed')
  expect(await read('rootAt', [otherOrigin, 1n])).toBe(root)
})

type Account = typeof owner
function chain() {
  return createPublicClient({ transport: http(anvil.url), cacheTime: 0, pollingInterval: 50 })
}
async function deploy(): Promise<Hex> {
  const wallet = createWalletClient({ account: owner, transport: http(anvil.url) })
  const args = [originHash, owner.address]
  const hash = await wallet.deployContract({ ...artifact, ...legacy, args, chain: null })
  const { contractAddress } = await chain().waitForTransactionReceipt({ hash })
  return getAddress(String(contractAddress))
}
const legacy = { type: 'legacy', gas: 2_000_000n, gasPrice: 0n } as const
async function write(account: Account, functionName: string, args: readonly unknown[]) {
  const wallet = createWalletClient({ account, transport: http(anvil.url) })
  const call = { address, abi: artifact.abi, functionName, args, chain: null, ...legacy }
  return chain().waitForTransactionReceipt({ hash: await wallet.writeContract(call) })
}
function anchor(account: Account, args: readonly unknown[]) {
  return write(account, 'anchor', args)
}
function read(functionName: string, args: readonly unknown[]) {
  return chain().readContract({ address, abi: artifact.abi, functionName, args })
}
function simulate(account: Hex, args: readonly unknown[], functionName = 'anchor') {
  const client = createTestClient({ mode: 'anvil', transport: http(anvil.url) })
  const call = { address, abi: artifact.abi, functionName, args, account }
  return client.extend(publicActions).simulateContract(call)
}
