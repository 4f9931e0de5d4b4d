/** What verdicts and checks mean, in words for somebody who lends money rather than writes code. */
import type { AnchoredBy, CheckName, Verdict } from '@tillproof/shared/bundle/report.ts'

type Explanations = {
  verdict: Readonly<Record<Verdict, string>>
  check: Readonly<Record<CheckName, string>>
  /** Who was believed about the chain. */
  anchoredBy: Readonly<Record<AnchoredBy, string>>
}

export const explanations: Explanations = {
  verdict: {
    anchored: 'Machine, cloud, witnesses and chain agree; none of them alone could change this.',
    witnessed: 'Machine, cloud and witnesses agree; nothing you trust shows it on a chain.',
    logged: 'Machine and cloud say so; no witness of your policy has confirmed it.',
    invalid: 'Something in this file does not hold. Do not rely on any of it.',
    contradicted: 'Signed statements in this file contradict each other. Keep it: it is proof.',
  },
  check: {
    form: 'The file has the shape of a proof bundle and says nothing twice.',
    checkpoint: 'The log of your policy signed how many entries it has and their fingerprint.',
    witnesses: 'Parties you named saw that the log only grew, and signed that they did.',
    'device-head': 'The machine’s own key signed its record, and the cloud logged that signature.',
    event: 'What the machine recorded, unchanged, at its place in the machine’s record.',
    'newest-head': 'Whether the cloud, in its daily list, knew a later record of this machine.',
    fork: 'Whether one place or one size shows two contents, which honest parties never sign.',
    sale: 'The events of this sale tell one story that ended in success.',
    agreement: 'The agreement that splits the sale is the one in the log, signed by its parties.',
    cap: 'A share ended because it had been paid in full; other sales would have to show that.',
    clearing: 'The split was computed again from the sale and the signed agreement.',
    anchor: 'The contract that is said to hold the log’s fingerprint is one you named.',
    'anchor-on-chain': 'Your own node was asked, and what the contract holds was compared.',
    'anchor-proof':
      'The chain’s own proof, in this file, that a block’s state holds the fingerprint.',
    'anchor-block': 'Whether that block is the chain’s: you named it, or its validators sealed it.',
  },
  anchoredBy: {
    node: 'a node that was asked',
    block: 'a block that you named',
    validators: 'a block that your policy’s validators sealed',
  },
}
