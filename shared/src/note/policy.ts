/**
 * The trust policy of a verifier: which log, whose cosignatures, which contract. C2SP tlog-policy
 * lines and six of ours:
 *
 *   log <vkey> [<url>]
 *   witness <name> <vkey> [<url>]
 *   group <name> any|all|<k> <member>…
 *   quorum <name>|none
 *   also <vkey of SM2>                                   ours: signs a log's checkpoints as well
 *   anchor <chain id> <contract address> [<rpc url>]     ours: where checkpoints are anchored
 *   registry <chain id> <contract address> [<rpc url>]   ours: where agreements are registered
 *   block <chain id> <hash>                              ours: a block that is the chain's
 *   validators <chain id> <address>…                     ours: who seals the blocks of a chain
 *   device <vkey>                                        ours: pins the evidence key of an origin
 *
 * Independence counts by organisation: put each organisation's keys into one `any` group and let
 * the quorum count groups. A name may be a member only once, so no key counts twice, and a log's
 * own key not at all.
 */
import { TillproofError } from '../errors.ts'
import type { Verifier } from './key.ts'
import { parseVkey } from './key.ts'

export type PolicyLog = { vkey: string; verifier: Verifier; url?: string }
/** A log's second key, whose signature the reader asks for beside the first. */
export type PolicyKey = { vkey: string; verifier: Verifier }
export type PolicyWitness = { name: string; vkey: string; verifier: Verifier; url?: string }
/** Witnessed when at least `threshold` of its members are. */
export type PolicyGroup = { name: string; threshold: number; members: string[] }
/** `contract` is lower case, whatever the policy's spelling. */
export type PolicyContract = { chainId: number; contract: string; rpcUrl?: string }
export type PolicyAnchor = PolicyContract
/** `hash` is `0x` and 64 lower-case hex digits. */
export type PolicyBlock = { chainId: number; hash: string }
/** All validators of a QBFT chain: addresses, `0x` and 40 lower-case hex digits. */
export type PolicyValidators = { chainId: number; addresses: string[] }
export type PolicyDevice = PolicyKey
export type Policy = {
  logs: PolicyLog[]
  also: PolicyKey[]
  witnesses: PolicyWitness[]
  groups: PolicyGroup[]
  /** Name of a witness or group; `none` asks for no cosignature. */
  quorum: string
  anchors: PolicyAnchor[]
  /** Contracts that hold what the parties of each agreement signed. */
  registries: PolicyContract[]
  blocks: PolicyBlock[]
  /** At most one entry a chain. */
  validators: PolicyValidators[]
  devices: PolicyDevice[]
}

const NONE = 'none'
const OWN_WITNESS = "a log is no witness of itself, and this key is a log's and a witness's"
const MAX_LINES = 2000
const CHAIN_ID = /^[1-9]\d{0,14}$/
const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const BLOCK_HASH = /^0x[0-9a-fA-F]{64}$/
const COUNT = /^[1-9]\d{0,5}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/

type Draft = Omit<Policy, 'quorum'> & { quorum?: string; members: Set<string> }

/** @throws TillproofError `policy.invalid`, naming the line. */
export function parsePolicy(text: string): Policy {
  const lines = text.split('\n')
  if (lines.length > MAX_LINES || CONTROL.test(text)) throw invalid(0, 'it is too long or binary')
  const draft: Draft = {
    logs: [],
    also: [],
    witnesses: [],
    groups: [],
    anchors: [],
    registries: [],
    blocks: [],
    validators: [],
    devices: [],
    members: new Set(),
  }
  for (const [at, line] of lines.entries()) {
    const words = line.split(/[ \t]+/).filter(word => word !== '')
    if (words.length > 0 && !words[0]?.startsWith('#')) parseLine(draft, words, at + 1)
  }
  const { quorum, members: _, ...rest } = draft
  if (quorum === undefined) throw invalid(lines.length, 'the quorum line is missing')
  return { ...rest, quorum }
}

/** The text that {@link parsePolicy} reads back; comments are not kept. */
export function formatPolicy(policy: Policy): string {
  const lines = [
    ...policy.logs.map(log => ['log', log.vkey, log.url]),
    ...policy.also.map(key => ['also', key.vkey]),
    ...policy.witnesses.map(witness => ['witness', witness.name, witness.vkey, witness.url]),
    ...policy.groups.map(group => ['group', group.name, group.threshold, ...group.members]),
    ['quorum', policy.quorum],
    ...policy.anchors.map(anchor => ['anchor', anchor.chainId, anchor.contract, anchor.rpcUrl]),
    ...policy.registries.map(each => ['registry', each.chainId, each.contract, each.rpcUrl]),
    ...policy.blocks.map(({ chainId, hash }) => ['block', chainId, hash]),
    ...policy.validators.map(({ chainId, addresses }) => ['validators', chainId, ...addresses]),
    ...policy.devices.map(device => ['device', device.vkey]),
  ]
  return lines.map(words => `${words.filter(word => word !== undefined).join(' ')}\n`).join('')
}

/** @param cosigners the policy's own witness names, see {@link PolicyWitness}. */
export function isQuorum(
  policy: Policy,
  cosigners: ReadonlySet<string> | readonly string[],
): boolean {
  const present = new Set(cosigners)
  const isWitnessed = (name: string): boolean => {
    const group = policy.groups.find(candidate => candidate.name === name)
    if (!group) return present.has(name) && policy.witnesses.some(w => w.name === name)
    return group.members.filter(isWitnessed).length >= group.threshold
  }
  return policy.quorum === NONE || isWitnessed(policy.quorum)
}

function parseLine(draft: Draft, words: string[], line: number): void {
  const [keyword = '', ...rest] = words
  const parse = parsers[keyword]
  if (!Object.hasOwn(parsers, keyword) || !parse) throw invalid(line, `"${keyword}" is unknown`)
  const fault = parse(draft, rest)
  if (fault) throw invalid(line, fault)
}

/** Each takes the words after its keyword and says what is wrong with them. */
const parsers: Readonly<Record<string, (draft: Draft, words: string[]) => string | undefined>> = {
  log(draft, [vkey = '', url, ...rest]) {
    const verifier = parseVkey(vkey)
    if (verifier?.type !== 'ed25519' || rest.length > 0) return 'a log is `log <vkey> [<url>]`'
    if (hasKey(draft.logs, verifier)) return 'the log key is listed twice'
    if (hasKey(draft.witnesses, verifier)) return OWN_WITNESS
    draft.logs.push({ vkey, verifier, ...(url && { url }) })
  },
  also(draft, [vkey = '', ...rest]) {
    const verifier = parseVkey(vkey)
    if (verifier?.type !== 'sm2' || rest.length > 0) return 'it is `also <vkey of SM2>`'
    const isOfLog = draft.logs.some(log => log.verifier.name === verifier.name)
    if (!isOfLog) return `"${verifier.name}" is no log above`
    if (hasKey(draft.also, verifier)) return 'the key is listed twice'
    draft.also.push({ vkey, verifier })
  },
  witness(draft, [name = '', vkey = '', url, ...rest]) {
    const verifier = parseVkey(vkey)
    if (verifier?.type !== 'cosignature' || rest.length > 0) {
      return 'a witness is `witness <name> <vkey of type 0x04> [<url>]`'
    }
    if (isTaken(draft, name)) return `the name "${name}" is taken`
    if (hasKey(draft.witnesses, verifier)) return 'the witness key is listed twice'
    if (hasKey(draft.logs, verifier)) return OWN_WITNESS
    draft.witnesses.push({ name, vkey, verifier, ...(url && { url }) })
  },
  group(draft, [name = '', count = '', ...members]) {
    const threshold = thresholdOf(count, members.length)
    if (threshold === undefined) return 'a group is `group <name> any|all|<k> <member>…`'
    if (isTaken(draft, name)) return `the name "${name}" is taken`
    for (const member of members) {
      if (member === NONE || !isTaken(draft, member)) return `"${member}" is not defined above`
      if (draft.members.has(member)) return `"${member}" is already a member of a group`
      draft.members.add(member)
    }
    draft.groups.push({ name, threshold, members })
  },
  quorum(draft, [name = '', ...rest]) {
    if (draft.quorum !== undefined) return 'there may be one quorum line'
    if (rest.length > 0 || !isTaken(draft, name)) return `"${name}" is not defined above`
    draft.quorum = name
  },
  anchor: (draft, words) => addContract(draft.anchors, 'an anchor is `anchor', words),
  registry: (draft, words) => addContract(draft.registries, 'a registry is `registry', words),
  block(draft, [chainId = '', hash = '', ...rest]) {
    if (!CHAIN_ID.test(chainId) || !BLOCK_HASH.test(hash) || rest.length > 0) {
      return 'a block is `block <chain id> <hash, 0x and 64 hex digits>`'
    }
    draft.blocks.push({ chainId: Number(chainId), hash: hash.toLowerCase() })
  },
  validators(draft, [chainId = '', ...words]) {
    const addresses = words.map(word => word.toLowerCase())
    if (!CHAIN_ID.test(chainId) || words.length === 0 || !words.every(isAddress)) {
      return 'validators are `validators <chain id> <address, 0x and 40 hex digits>…`'
    }
    if (new Set(addresses).size < words.length) return 'a validator is listed twice'
    if (draft.validators.some(other => other.chainId === Number(chainId))) {
      return 'the validators of that chain are listed twice'
    }
    draft.validators.push({ chainId: Number(chainId), addresses })
  },
  device(draft, [vkey = '', ...rest]) {
    const verifier = parseVkey(vkey)
    if (verifier?.type !== 'ed25519' || rest.length > 0) return 'a device is `device <vkey>`'
    if (draft.devices.some(d => d.verifier.name === verifier.name))
      return 'the origin is pinned twice'
    draft.devices.push({ vkey, verifier })
  },
}

function addContract(
  listed: PolicyContract[],
  what: string,
  [chainId = '', contract = '', rpcUrl, ...rest]: string[],
): string | undefined {
  if (!CHAIN_ID.test(chainId) || !isAddress(contract) || rest.length > 0) {
    return `${what} <chain id> <contract, 0x and 40 hex digits> [<rpc url>]\``
  }
  listed.push({
    chainId: Number(chainId),
    contract: contract.toLowerCase(),
    ...(rpcUrl && { rpcUrl }),
  })
  return undefined
}

function isAddress(word: string): boolean {
  return ADDRESS.test(word)
}

function thresholdOf(count: string, members: number): number | undefined {
  const named = { any: 1, all: members }[count] ?? (COUNT.test(count) ? Number(count) : 0)
  return named >= 1 && named <= members ? named : undefined
}

function isTaken(draft: Draft, name: string): boolean {
  return (
    name === NONE ||
    draft.witnesses.some(witness => witness.name === name) ||
    draft.groups.some(group => group.name === name)
  )
}

function hasKey(listed: readonly { verifier: Verifier }[], verifier: Verifier): boolean {
  return listed.some(other => String(other.verifier.publicKey) === String(verifier.publicKey))
}

function invalid(line: number, reason: string): TillproofError {
  return new TillproofError(
    'policy.invalid',
    `The policy cannot be used: line ${line}: ${reason}.`,
    'Correct the line; the format is in docs/wire/log.md.',
  )
}
