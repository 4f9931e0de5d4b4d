/** What the cloud believes of the shipped profiles is what their files say. */
import { WATCHED_PROFILES, type Watched } from '@tillproof/shared/attest/witness.ts'
import { expect, test } from 'vitest'
import { loadMachineProfile, shippedProfiles } from './load.ts'
import type { MachineProfile } from './schema.ts'

/** The meter or audit element that rises by one with each sale, and what the door guards. */
function watchedOf({ corroboration, meters, limits, watch }: MachineProfile): Watched | undefined {
  const claims = corroboration.filter(({ claim }) => /^(sale|session)\./.test(claim))
  const of = claims.find(({ by, rises }) => (by === 'meter' || by === 'audit') && rises === 1)?.of
  if (of === undefined) return undefined
  const { bits, falls } = meters[of] ?? { bits: null, falls: 'never' }
  const door = watch.contacts.find(({ rises }) => rises === 'door.opened')?.signal
  const stock = limits?.capacity?.stock
  const witness = { meter: of, bits, falls }
  return door === undefined || stock === undefined
    ? { witness }
    : { witness, hold: { stock, door } }
}

test.each(shippedProfiles())('%s', name => {
  const { profile } = loadMachineProfile(name, '/')
  const known = WATCHED_PROFILES.get(`${profile.profile}@${profile.version}`)
  expect(known).toEqual(watchedOf(profile))
})
