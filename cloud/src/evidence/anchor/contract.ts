/**
 * The CheckpointAnchor contract as the cloud calls it. The interface is written out for its types;
 * the code comes from the artifact that `cloud/contracts` compiles and keeps fresh.
 */
import { readFileSync } from 'node:fs'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Hex, isHex, parseAbi, toHex } from 'viem'

export const checkpointAnchorAbi = parseAbi([
  'constructor(bytes32 originHash, address sender)',
  'function anchor(bytes32 originHash, uint64 size, bytes32 root)',
  'function setSender(bytes32 originHash, address sender, bool isAllowed)',
  'function owner() view returns (address)',
  'function allowed(bytes32 originHash, address sender) view returns (bool)',
  'function latestSize(bytes32 originHash) view returns (uint64 size)',
  'function rootAt(bytes32 originHash, uint64 size) view returns (bytes32)',
  'event Anchored(bytes32 indexed originHash, uint64 indexed size, bytes32 root)',
  'event SenderChanged(bytes32 indexed originHash, address indexed sender, bool allowed)',
  'error NotOwner(address sender)',
  'error NotAllowed(address sender)',
  'error NotNewer(uint64 latest, uint64 offered)',
  'error EmptyRoot()',
])

const artifactFile = new URL('../../../contracts/artifacts/CheckpointAnchor.json', import.meta.url)

/** The contract's creation code. */
export function checkpointAnchorBytecode(): Hex {
  const artifact = JSON.parse(readFileSync(artifactFile, 'utf8')) as { bytecode?: unknown }
  if (isHex(artifact.bytecode)) return artifact.bytecode
  throw new TillproofError(
    'anchor.artifact',
    `${artifactFile.pathname} holds no bytecode`,
    'Run npm run compile -w cloud/contracts.',
  )
}

/** How the chain names a log: SHA-256 of its checkpoint origin. */
export function originHashOf(origin: string): Hex {
  return toHex(sha256(new TextEncoder().encode(origin)))
}
