/** Every starting point becomes an agreement with the keys filled in; faults have their place. */
import { agreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { chairAgreement } from '@tillproof/shared/agreement/testing.ts'
import { describe, expect, test } from 'vitest'
import { readDraft } from './read-draft.ts'
import { fromTemplate, nextVersion, templateNames, type World } from './starting-point.ts'

const id = (last: number) => `00000000-0000-4000-8000-00000000000${last}`
const world: World = {
  operatorId: id(1),
  siteId: id(2),
  supplierId: id(3),
  lenderId: id(4),
  agreementId: id(5),
  nowMs: 1_760_000_000_000,
  deviceIds: ['d0000000000ca'],
}

describe.each(templateNames)('%s', name => {
  const terms = fromTemplate(name, world)
  test('lacks nothing but the keys', () => {
    const { faults } = readDraft(JSON.stringify(terms))
    const own = faults.filter(fault => /^parties\.\d\.signer: /.test(fault))
    expect(own).toHaveLength(terms.parties.length)
    const others = faults.filter(fault => !own.includes(fault))
    expect(others).toEqual(['parties: each party signs with its own key'])
  })
  test('holds with them', () => {
    const parties = terms.parties.map((each, at) => ({
      ...each,
      signer: `0x${String(at).repeat(40)}`,
    }))
    expect(readDraft(JSON.stringify({ ...terms, parties })).faults).toEqual([])
  })
})

test('the next version is the same with the next number', () => {
  const next = nextVersion(chairAgreement)
  expect(agreementTerms.parse(next)).toEqual({ ...chairAgreement, version: 2 })
})

test.each([
  ['no JSON', '{', ['JSON']],
  ['a rule between fields', { ...chairAgreement, deviceIds: [] }, [/^deviceIds: /]],
  ['a script that leaves a term out', { ...chairAgreement, script: 'send' }, [/script:1:/]],
])('%s is told', (_, draft, expected) => {
  const { faults } = readDraft(typeof draft === 'string' ? draft : JSON.stringify(draft))
  expect(faults).toEqual(expected.map(each => (typeof each === 'string' ? each : match(each))))
})

const match = (pattern: RegExp) => expect.stringMatching(pattern)
