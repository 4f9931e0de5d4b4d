/**
 * What a monitor may find wrong with a log, each by its name. A finding carries everything that
 * somebody else needs to see it too: the signed notes, the proofs, the entries.
 */
export type FindingKind =
  | 'two-checkpoints'
  | 'forked-device'
  | 'dropped-head'
  | 'hidden-head'
  | 'broken-chain'
  | 'altered-batch'
  | 'unlogged-batch'
  | 'wrong-split'
  | 'wrong-agreement'
  | 'amount-differs'
  | 'unfounded-posting'
  | 'booked-twice'
  | 'unbooked-sale'
  | 'wrong-settlement'
  | 'wrong-freeze'
  | 'unlogged-freeze'
  | 'unsigned-agreement'
  | 'unlogged-agreement'
  | 'swapped-agreement'
  | 'unproven-growth'
  | 'bad-head'
  | 'key-changed'
  | 'unproven-checkpoint'
  | 'bad-checkpoint'
  | 'wrong-entries'
  | 'withheld'

/**
 * `origin` is the log's or the device's; `proof` is JSON: notes as text, bytes as base64. In what
 * concerns the log itself `followed` is the checkpoint this monitor stands on, `seen` the other.
 */
export type Finding = {
  kind: FindingKind
  origin: string
  leafIndex: number | null
  detail: string
  proof: Readonly<Record<string, string | number | readonly string[] | null>>
}

/** The same fault at the same place is one finding, however often and in what shape it is seen. */
export function placeOf({ kind, origin, leafIndex, proof }: Finding): string {
  return JSON.stringify([kind, origin, leafIndex, proof.followed ?? null])
}

/** In words for the reader of a report. */
export const meanings: Readonly<Record<FindingKind, string>> = {
  'two-checkpoints': 'the log signed two histories; both signatures are in the proof',
  'forked-device': 'the device signed two heads that contradict each other',
  'dropped-head': 'a head that the log took from a device is missing from it',
  'hidden-head': 'the log’s map of newest heads is not of the heads that it shows',
  'broken-chain': 'a batch of a book does not continue the one before',
  'altered-batch': 'a batch of a book is not the one that the log committed to',
  'unlogged-batch': 'a batch of a book is not in the published log, and should be by now',
  'wrong-split': 'a sale is not split as its agreement says',
  'wrong-agreement': 'a sale is split by another agreement than was in force',
  'amount-differs': 'a sale is booked for another amount than the machine recorded',
  'unfounded-posting': 'a posting has no sale behind it that its machine has signed',
  'booked-twice': 'one sale is booked a second time',
  'unbooked-sale': 'a paid sale that its machine has signed is in no batch of its book',
  'wrong-settlement': 'a settlement moves other money than sales credited, or to somebody else',
  'wrong-freeze': 'a share is kept from a party without an order, or given out against one',
  'unlogged-freeze': 'an order that keeps a share from a party is not in the log',
  'unsigned-agreement': 'not every party has signed the terms that a book is split by',
  'unlogged-agreement': 'the terms that a book is split by are not in the log',
  'swapped-agreement': 'an agreement’s version is shown otherwise than it was agreed',
  'unproven-growth': 'nothing shows that a device’s head extends the one before',
  'bad-head': 'a logged head is not signed by its device',
  'key-changed': 'a device’s evidence key is not the one it had, or the one you pinned',
  'unproven-checkpoint': 'nothing shows that two signed checkpoints are of one history',
  'bad-checkpoint': 'what is served as checkpoint is not signed by the log',
  'wrong-entries': 'the entries served are not those of the signed checkpoint',
  withheld: 'the cloud does not show what its checkpoint covers',
}

/** Two signed statements that no honest signer makes; nothing else has to be believed for it. */
const contradictions: readonly FindingKind[] = ['two-checkpoints', 'forked-device']

/**
 * What is no proof against anybody, because nothing of it is signed: said while it lasts, and not
 * kept.
 */
export const passing: readonly FindingKind[] = [
  'bad-checkpoint',
  'wrong-entries',
  'withheld',
  'unlogged-batch',
]

export type MonitorExitCode = 0 | 11 | 20 | 21

/** As of `tillproof verify`: 21 contradicted, 20 wrong, 11 not witnessed by the policy's quorum. */
export function exitCodeOf(kinds: readonly FindingKind[], isWitnessed: boolean): MonitorExitCode {
  if (kinds.some(kind => contradictions.includes(kind))) return 21
  if (kinds.length > 0) return 20
  return isWitnessed ? 0 : 11
}
