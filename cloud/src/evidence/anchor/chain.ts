/**
 * What anchoring asks of an EVM node, over JSON-RPC by viem.
 * Legacy transactions with explicit gas, because chains without EIP-1559 refuse others; no cached
 * block numbers, because a reorg is what we look for; no retries here, because the job retries.
 */
import { anchorSlot } from '@tillproof/shared/bundle/anchor-proof.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import {
  BaseError,
  createPublicClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hash,
  type Hex,
  http,
  keccak256,
  numberToHex,
  type PublicClient,
  RpcRequestError,
  TransactionReceiptNotFoundError,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import type { StateAnswer, StateQuery } from './anchored-state.ts'
import { checkpointAnchorAbi, checkpointAnchorBytecode } from './contract.ts'

/** Cold slots for sender, latest size and root, and the event: about 75k; the rest is reserve. */
const ANCHOR_GAS = 150_000n
const DEPLOY_GAS = 1_500_000n
const RPC_TIMEOUT_MS = 5_000

export type SignedTransaction = { raw: Hex; hash: Hash; nonce: number; gasPrice: bigint }
export type Receipt = { hash: Hash; block: bigint; blockHash: Hash; succeeded: boolean }
export type AnchorCall = { contract: Hex; originHash: Hex; size: number; root: Hex }

export type Chain = ReturnType<typeof openChain>

/** @param privateKey of the account that deploys and anchors, 32 bytes as hex */
export function openChain(rpcUrl: string, privateKey: Hex) {
  const client = createPublicClient({
    transport: http(rpcUrl, { retryCount: 0, timeout: RPC_TIMEOUT_MS }),
    cacheTime: 0,
  })
  const account = privateKeyToAccount(privateKey)
  return {
    rpcUrl,
    address: account.address,
    chainId: () => client.getChainId(),
    /** The sender's next nonce by mined blocks alone. */
    nonce: () => client.getTransactionCount({ address: account.address, blockTag: 'latest' }),
    /** Half above what the node asks, so that a rising base fee does not strand us at once. */
    gasPrice: async () => ((await client.getGasPrice()) * 3n) / 2n,
    tip: () => client.getBlockNumber({ cacheTime: 0 }),
    hasCode: async (address: Hex) => (await client.getCode({ address })) !== undefined,
    receipt: (hash: Hash) => receiptOf(client, hash),
    blockHashAt: (block: bigint) => blockHashAt(client, block),
    rootAt: ({ contract, originHash, size }: Omit<AnchorCall, 'root'>) =>
      client.readContract({
        address: contract,
        abi: checkpointAnchorAbi,
        functionName: 'rootAt',
        args: [originHash, BigInt(size)],
      }),
    latestSize: async ({ contract, originHash }: Omit<AnchorCall, 'root' | 'size'>) =>
      Number(
        await client.readContract({
          address: contract,
          abi: checkpointAnchorAbi,
          functionName: 'latestSize',
          args: [originHash],
        }),
      ),
    /** The block and the proof of the root in it; undefined where the node has no such thing. */
    stateAt: (query: StateQuery) => stateAt(client, query),
    deployment: (originHash: Hex, chainId: number, nonce: number, gasPrice: bigint) =>
      signDeployment(account, { originHash, chainId, nonce, gasPrice }),
    anchoring: (call: AnchorCall, chainId: number, nonce: number, gasPrice: bigint) =>
      signAnchoring(account, call, { chainId, nonce, gasPrice }),
    send: (raw: Hex) => send(client, raw),
  }
}

async function receiptOf(client: PublicClient, hash: Hash): Promise<Receipt | undefined> {
  try {
    const receipt = await client.getTransactionReceipt({ hash })
    const succeeded = receipt.status === 'success'
    return { hash, block: receipt.blockNumber, blockHash: receipt.blockHash, succeeded }
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined
    throw error
  }
}

async function blockHashAt(client: PublicClient, blockNumber: bigint): Promise<Hash | undefined> {
  const tip = await client.getBlockNumber({ cacheTime: 0 })
  if (blockNumber > tip) return undefined
  return (await client.getBlock({ blockNumber })).hash ?? undefined
}

/** A node that does not answer throws; one that answers with an error has said that it cannot. */
async function stateAt(client: PublicClient, query: StateQuery): Promise<StateAnswer | undefined> {
  const originHash = fromHex(query.originHash.slice(2)) ?? new Uint8Array()
  const slot: Hex = `0x${toHex(anchorSlot(originHash, query.size))}`
  const height = numberToHex(query.block)
  try {
    return {
      block: await client.request({ method: 'eth_getBlockByNumber', params: [height, false] }),
      proof: await client.request({
        method: 'eth_getProof',
        params: [query.contract, [slot], height],
      }),
    }
  } catch (error) {
    if (error instanceof BaseError && error.walk(cause => cause instanceof RpcRequestError)) {
      return undefined
    }
    throw error
  }
}

type Fees = { chainId: number; nonce: number; gasPrice: bigint }

async function signDeployment(
  account: PrivateKeyAccount,
  { originHash, ...fees }: Fees & { originHash: Hex },
): Promise<SignedTransaction & { address: Hex }> {
  const data = encodeDeployData({
    abi: checkpointAnchorAbi,
    bytecode: checkpointAnchorBytecode(),
    args: [originHash, account.address],
  })
  const address = getContractAddress({ from: account.address, nonce: BigInt(fees.nonce) })
  return { ...(await sign(account, fees, { data, gas: DEPLOY_GAS })), address }
}

function signAnchoring(
  account: PrivateKeyAccount,
  { contract, originHash, size, root }: AnchorCall,
  fees: Fees,
): Promise<SignedTransaction> {
  const data = encodeFunctionData({
    abi: checkpointAnchorAbi,
    functionName: 'anchor',
    args: [originHash, BigInt(size), root],
  })
  return sign(account, fees, { to: contract, data, gas: ANCHOR_GAS })
}

async function sign(
  account: PrivateKeyAccount,
  fees: Fees,
  call: { to?: Hex; data: Hex; gas: bigint },
): Promise<SignedTransaction> {
  const raw = await account.signTransaction({ type: 'legacy', ...fees, ...call })
  return { raw, hash: keccak256(raw), nonce: fees.nonce, gasPrice: fees.gasPrice }
}

export type Sent = { sent: true } | { sent: false; reason: string }

/**
 * Hands a signed transaction to the node. A node that knows it already, or has mined it, refuses;
 * that is no fault, for the next look at the chain decides, never this answer.
 */
async function send(client: PublicClient, serializedTransaction: Hex): Promise<Sent> {
  try {
    await client.sendRawTransaction({ serializedTransaction })
    return { sent: true }
  } catch (error) {
    return { sent: false, reason: error instanceof BaseError ? error.details : String(error) }
  }
}
