/**
 * JSON-RPC in front of an anvil that answers as other nodes do where they differ. The chain behind
 * is real; what is changed is what the sources and documents of those nodes say:
 *
 * `besu`   QBFT: `finalized` and `safe` are answered with -39001, EIP-1559 methods and transactions
 *          are refused (a chain without a base fee), blocks carry QBFT data and are named by the
 *          hash of their header without the round and the seals.
 * `fisco`  FISCO BCOS 3, Web3 JSON-RPC: no `eth_getProof`, times in milliseconds, blocks without
 *          ommers' hash, bloom and mix hash, under a name that is no hash of an Ethereum header;
 *          `eth_gasPrice` is 0.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { keccak256, toRlp } from 'viem'

export type NodeKind = 'besu' | 'fisco'
export type NodeStub = {
  url: string
  /** The methods that were asked for, each once. */
  asked: Set<string>
  stop(): Promise<void>
}

type Call = { id: number; method: string; params: unknown[] }
type Block = Record<string, string>
type Answer = { result: unknown } | { error: { code: number; message: string } }

export async function startNodeStub(kind: NodeKind, anvilUrl: string): Promise<NodeStub> {
  const asked = new Set<string>()
  const server = createServer(async (request, response) => {
    const call: Call = { params: [], ...JSON.parse(await textOf(request)) }
    asked.add(call.method)
    const answer = refusalOf(kind, call) ?? (await changed(kind, anvilUrl, call))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, ...answer }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

const LACKS: Readonly<Record<NodeKind, readonly string[]>> = {
  besu: ['eth_maxPriorityFeePerGas', 'eth_feeHistory'],
  fisco: ['eth_getProof', 'eth_maxPriorityFeePerGas', 'eth_feeHistory'],
}

function refusalOf(kind: NodeKind, { method, params }: Call): Answer | undefined {
  if (LACKS[kind].includes(method)) return refused(-32601, 'Method not found')
  if (params.includes('finalized') || params.includes('safe'))
    return refused(-39001, 'Unknown block')
  const [raw] = params
  const isTyped = method === 'eth_sendRawTransaction' && !String(raw).startsWith('0xf8')
  const isLongLegacy = String(raw).startsWith('0xf9')
  if (isTyped && !isLongLegacy) return refused(-32602, 'Transaction type not supported')
  return undefined
}

function refused(code: number, message: string): Answer {
  return { error: { code, message } }
}

async function changed(kind: NodeKind, url: string, call: Call): Promise<Answer> {
  const answer = await ask(url, call)
  if (!('result' in answer) || answer.result === null) return answer
  if (call.method === 'eth_gasPrice') return { result: '0x0' }
  if (call.method.startsWith('eth_getBlockBy')) {
    return { result: asBlockOf(kind, answer.result as Block) }
  }
  if (call.method !== 'eth_getTransactionReceipt') return answer
  const receipt = answer.result as Block
  const named = await ask(url, {
    ...call,
    method: 'eth_getBlockByNumber',
    params: [receipt.blockNumber, false],
  })
  const block = 'result' in named ? asBlockOf(kind, named.result as Block) : {}
  return { result: { ...receipt, blockHash: block.hash } }
}

async function ask(url: string, call: Call): Promise<Answer> {
  const body = JSON.stringify({ jsonrpc: '2.0', ...call })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body })).json() as Promise<Answer>
}

function asBlockOf(kind: NodeKind, block: Block): Block {
  return kind === 'besu' ? asQbft(block) : asFisco(block)
}

function asFisco({ sha3Uncles: _1, logsBloom: _2, mixHash: _3, ...block }: Block): Block {
  const timestamp = `0x${(BigInt(block.timestamp ?? 0) * 1000n).toString(16)}`
  return { ...block, timestamp, hash: keccak256(`0x${block.hash?.slice(2)}`) }
}

const VANITY = `0x${'00'.repeat(32)}` as const
const VALIDATOR = `0x${'5a'.repeat(20)}` as const
const SEAL = `0x${'5e'.repeat(65)}` as const

/** One validator, no vote, round 1, one seal; the name is over round 0 and no seal. */
function asQbft(block: Block): Block {
  const extraData = toRlp([VANITY, [VALIDATOR], [], '0x01', [SEAL]])
  const named = { ...block, extraData: toRlp([VANITY, [VALIDATOR], [], '0x', []]) }
  return { ...block, extraData, hash: keccak256(toRlp(HEADER.map(name => field(named, name)))) }
}

const DATA = ['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot']
const QUANTITIES = ['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp']
/** Of a block under the rules of Paris. */
const HEADER = [
  ...[...DATA, 'logsBloom', ...QUANTITIES, 'extraData', 'mixHash', 'nonce'],
  'baseFeePerGas',
]

function field(block: Block, name: string): `0x${string}` {
  const text = block[name] ?? '0x'
  if (name !== 'baseFeePerGas' && !QUANTITIES.includes(name)) return `0x${text.slice(2)}`
  const digits = BigInt(text) === 0n ? '' : BigInt(text).toString(16)
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`
}
