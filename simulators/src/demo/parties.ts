/**
 * Who takes part in the demo: a platform, an operator of machines, a lender, the owner of the site
 * where they stand, a supplier of drinks, a maker of machines, an investor. Organisations are made
 * by the cloud's bootstrap command; each party's signing key stays in the data folder, as its
 * wallet would keep it.
 */

import { id } from '@tillproof/shared/api/fields.ts'
import { organisationKind, session } from '@tillproof/shared/api/people.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { z } from 'zod'
import { type Api, signIn } from './api.ts'
import { tillproof } from './child.ts'
import { type DataFolder, readJson, type SignIn, writeJson } from './folder.ts'
import { runToEnd } from './run-to-end.ts'

const cast = {
  platform: { name: 'Platform', kind: 'platform', email: 'platform@tillproof.example' },
  operator: { name: 'Harbour Machines', kind: 'operator', email: 'operator@harbour.example' },
  lender: { name: 'Riverbank Leasing', kind: 'lender', email: 'lender@riverbank.example' },
  site: { name: 'Central Station', kind: 'site', email: 'site@station.example' },
  supplier: { name: 'Spring Drinks', kind: 'supplier', email: 'supplier@spring.example' },
  manufacturer: { name: 'Relax Works', kind: 'supplier', email: 'maker@relax.example' },
  investor: { name: 'Pier Capital', kind: 'lender', email: 'investor@pier.example' },
} as const
export type Role = keyof typeof cast
const roles = Object.keys(cast) as Role[]

export type Party = { id: string; name: string; signIn: SignIn; wallet: PrivateKeyAccount }
export type Parties = Record<Role, Party>
/** A party with its session at the cloud. */
export type Actor = Party & { api: Api }
export type Actors = Record<Role, Actor>

const bootstrapped = z.object({
  organisations: z.array(
    z.object({
      id,
      name: z.string(),
      kind: organisationKind,
      users: z.array(z.object({ email: z.string(), password: z.string().nullable() })),
    }),
  ),
})

/** Makes organisations and users, with new passwords for this run. The cloud may run or not. */
export async function bootstrap(folder: DataFolder, configArgs: string[]): Promise<Parties> {
  const input = roles.map(each => ({
    name: cast[each].name,
    kind: cast[each].kind,
    users: [{ email: cast[each].email, name: `${cast[each].name}, demo`, role: 'admin' }],
  }))
  const output = await runToEnd(
    process.execPath,
    [...tillproof, 'cloud', 'bootstrap', ...configArgs, '--reset-passwords', '--json'],
    JSON.stringify({ organisations: input }),
  )
  const { organisations } = bootstrapped.parse(lastJson(output))
  const wallets = walletsOf(folder)
  const parties = roles.map(role => {
    const made = organisations.find(each => each.name === cast[role].name && each.users[0])
    const password = made?.users[0]?.password
    if (made === undefined || password === undefined || password === null) throw notMade(role)
    const { name, email } = cast[role]
    const access = { organisation: name, kind: role, email, password }
    return [role, { id: made.id, name, signIn: access, wallet: wallets[role] }] as const
  })
  return Object.fromEntries(parties) as Parties
}

/** Signs every party in. */
export async function enter(address: string, parties: Parties): Promise<Actors> {
  const actors = roles.map(async role => {
    const party = parties[role]
    const api = await signIn(address, party.signIn.email, party.signIn.password)
    return [role, { ...party, api }] as const
  })
  return Object.fromEntries(await Promise.all(actors)) as Actors
}

/** One party with its session, from outside the process that runs the demo. */
export async function enterAs(
  folder: DataFolder,
  address: string,
  role: Role,
  access: SignIn,
): Promise<Actor> {
  const api = await signIn(address, access.email, access.password)
  const { organisation } = await api.get('/api/v1/session', session)
  const wallet = walletsOf(folder)[role]
  return { id: organisation.id, name: organisation.name, signIn: access, wallet, api }
}

/** The parties' keys, made when a party first takes part and kept. */
function walletsOf(folder: DataFolder): Record<Role, PrivateKeyAccount> {
  const kept = readJson<Partial<Record<Role, `0x${string}`>>>(folder.parties) ?? {}
  const keys = roles.map(role => [role, kept[role] ?? generatePrivateKey()] as const)
  if (keys.some(([role]) => kept[role] === undefined)) {
    writeJson(folder.parties, Object.fromEntries(keys))
  }
  return Object.fromEntries(keys.map(([role, key]) => [role, privateKeyToAccount(key)])) as never
}

function lastJson(output: string): unknown {
  return JSON.parse(output.trim().split('\n').at(-1) ?? '')
}

function notMade(role: Role): TillproofError {
  return new TillproofError(
    'demo.bootstrap-incomplete',
    `the bootstrap made no sign-in for the ${role}`,
    'start anew with --reset',
  )
}
