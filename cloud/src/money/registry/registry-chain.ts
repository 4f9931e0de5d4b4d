/**
 * The chain as registering needs it: what anchoring asks of a node, and the AgreementRegistry
 * contract beside it. The interface is written out for its types; the code comes from the artifact
 * that `cloud/contracts` compiles.
 */
import { readFileSync } from 'node:fs'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import {
  BaseError,
  createPublicClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hash,
  type Hex,
  hashTypedData,
  http,
  isHex,
  keccak256,
  type PublicClient,
  parseAbi,
  parseTransaction,
  toHex,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { openChain, type SignedTransaction } from '../../evidence/anchor/chain.ts'

const registryAbi = parseAbi([
  'constructor(bytes32 cloudHash, address sender)',
  'struct Party { string organisationId; string role; address signer; }',
  'struct Agreement { string agreementId; uint32 version; Party[] parties; string script;' +
    ' bytes32 termsHash; }',
  'function register(Agreement agreement, bytes[] signatures)',
  'function digestAt(bytes32 idHash, uint32 version) view returns (bytes32)',
  'event Registered(bytes32 indexed idHash, uint32 indexed version, bytes32 digest)',
  'error NotAllowed(address sender)',
  'error AlreadyRegistered(bytes32 digest)',
  'error NoParties()',
  'error OneSignatureEach(uint256 parties, uint256 signatures)',
  'error NotSignedBy(address signer)',
])
const artifactFile = new URL('../../../contracts/artifacts/AgreementRegistry.json', import.meta.url)
const DEPLOY_GAS = 3_000_000n
const RPC_TIMEOUT_MS = 5_000

/** What is to stand in the contract; signatures in the order of the parties. */
export type RegisteringCall = {
  contract: Hex
  terms: AgreementTerms
  signatures: readonly Hex[]
}
export type Fees = { chainId: number; nonce: number; gas: bigint; gasPrice: bigint }
export type VersionName = { agreementId: string; version: number }

export type RegistryChain = ReturnType<typeof openRegistryChain>

/** @param privateKey of the account that deploys and registers; not the one that anchors */
export function openRegistryChain(rpcUrl: string, privateKey: Hex, cloudName: string) {
  const transport = http(rpcUrl, { retryCount: 0, timeout: RPC_TIMEOUT_MS })
  const client = createPublicClient({ transport, cacheTime: 0 })
  const account = privateKeyToAccount(privateKey)
  const data = (call: RegisteringCall) => callData(call, cloudName)
  return {
    ...openChain(rpcUrl, privateKey),
    /** How contracts of this cloud are told from others: the salt of what its parties sign. */
    cloudHash: toHex(sha256(new TextEncoder().encode(cloudName))),
    digestOf: (terms: AgreementTerms) => hashTypedData(agreementTypedData(terms, cloudName)),
    /** What stands under a version; zero when nothing. */
    digestAt: (contract: Hex, { agreementId, version }: VersionName) =>
      client.readContract({
        address: contract,
        abi: registryAbi,
        functionName: 'digestAt',
        args: [idHashOf(agreementId), version],
      }),
    registeredIn: (contract: Hex, name: VersionName) => registeredIn(client, contract, name),
    gasFor: (call: RegisteringCall) => gasFor(client, account, call.contract, data(call)),
    deployment: (cloudHash: Hex, chainId: number, nonce: number, gasPrice: bigint) =>
      signDeployment(account, cloudHash, { chainId, nonce, gas: DEPLOY_GAS, gasPrice }),
    registering: (call: RegisteringCall, fees: Fees) =>
      sign(account, fees, { to: call.contract, data: data(call) }),
    /** The same transaction at another price. */
    again: (raw: Hex, price: { chainId: number; gasPrice: bigint }) => again(account, raw, price),
  }
}

function callData({ terms, signatures }: RegisteringCall, cloudName: string): Hex {
  const { message } = agreementTypedData(terms, cloudName)
  const args = [message, signatures] as const
  return encodeFunctionData({ abi: registryAbi, functionName: 'register', args })
}

const idHashOf = (agreementId: string): Hex => toHex(sha256(new TextEncoder().encode(agreementId)))

/** A quarter above what the node finds, because the chain may move; or why it would be refused. */
async function gasFor(
  client: PublicClient,
  account: PrivateKeyAccount,
  to: Hex,
  data: Hex,
): Promise<{ gas: bigint } | { refused: string }> {
  try {
    const gas = await client.estimateGas({ account: account.address, to, data, gasPrice: 0n })
    return { gas: (gas * 5n) / 4n }
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    const isRevert = error.walk(cause => /revert/i.test(String(cause))) !== null
    if (!isRevert) throw error
    return { refused: error.shortMessage }
  }
}

/** By the event it left; undefined where the node keeps no events so far back. */
async function registeredIn(
  client: PublicClient,
  address: Hex,
  { agreementId, version }: VersionName,
): Promise<{ transaction: Hash; block: bigint; blockHash: Hash } | undefined> {
  try {
    const args = { idHash: idHashOf(agreementId), version }
    const where = { address, abi: registryAbi, eventName: 'Registered', args } as const
    const [event] = await client.getContractEvents({ ...where, fromBlock: 0n })
    if (event === undefined) return undefined
    const { transactionHash, blockNumber, blockHash } = event
    return { transaction: transactionHash, block: blockNumber, blockHash }
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}

async function signDeployment(
  account: PrivateKeyAccount,
  cloudHash: Hex,
  fees: Fees,
): Promise<SignedTransaction & { address: Hex }> {
  const data = encodeDeployData({
    abi: registryAbi,
    bytecode: bytecode(),
    args: [cloudHash, account.address],
  })
  const address = getContractAddress({ from: account.address, nonce: BigInt(fees.nonce) })
  return { ...(await sign(account, fees, { data })), address }
}

async function sign(
  account: PrivateKeyAccount,
  fees: Fees,
  call: { to?: Hex; data: Hex },
): Promise<SignedTransaction> {
  const raw = await account.signTransaction({ type: 'legacy', ...fees, ...call })
  return { raw, hash: keccak256(raw), nonce: fees.nonce, gasPrice: fees.gasPrice }
}

function again(account: PrivateKeyAccount, raw: Hex, price: { chainId: number; gasPrice: bigint }) {
  const { nonce = 0, gas = 0n, to, data = '0x' } = parseTransaction(raw)
  return sign(account, { ...price, nonce, gas }, { ...(to ? { to } : {}), data })
}

function bytecode(): Hex {
  const artifact = JSON.parse(readFileSync(artifactFile, 'utf8')) as { bytecode?: unknown }
  if (isHex(artifact.bytecode)) return artifact.bytecode
  throw new TillproofError(
    'registry.artifact',
    `${artifactFile.pathname} holds no bytecode`,
    'Run npm run compile -w cloud/contracts.',
  )
}
