/** The file of witnesses while the cloud runs: taken over when good, else the one of before. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PolicySource, watchPolicy } from './witnesses.ts'

const keyOf = (name: string, type: 'ed25519' | 'cosignature') =>
  vkey(name, type, ed25519.generate().publicKey)
const own = { vkey: keyOf('test.local/log', 'ed25519'), url: 'http://127.0.0.1/log' }
const lender = `witness lender ${keyOf('witness.lender', 'cosignature')}\n`
const auditor = `witness auditor ${keyOf('witness.auditor', 'cosignature')}\n`

let dir: string
let file: string
let source: PolicySource | undefined
let logged: string[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tillproof-policy-'))
  file = join(dir, 'witnesses.policy')
  logged = []
})
afterEach(async () => {
  source?.stop()
  await rm(dir, { recursive: true, force: true })
})

async function open(): Promise<PolicySource> {
  source = await watchPolicy(file, own, (level, message, fields) =>
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
  )
  return source
}
async function write(text: string): Promise<void> {
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}
const problemOf = (policy: PolicySource) => expect.poll(() => policy.problem(), { timeout: 4000 })

test('without the file nobody is asked; a good file is taken over and told', async () => {
  const policy = await open()
  expect(policy.current().quorum).toBe('none')
  let told = 0
  policy.onChange(() => {
    told += 1
  })
  await write(`${lender}quorum lender\n`)
  await expect.poll(() => policy.current().quorum, { timeout: 4000 }).toBe('lender')
  expect({ told, problem: policy.problem() }).toEqual({ told: 1, problem: undefined })
})

test('witnesses without a quorum line do not turn the quorum off', async () => {
  await write(`${lender}quorum lender\n`)
  const policy = await open()
  let told = 0
  policy.onChange(() => {
    told += 1
  })
  await write(`${lender}${auditor}group both all lender auditor\n`)
  await problemOf(policy).toContain('names witnesses but has no quorum line')
  expect(policy.problem()).toContain('the policy of before stays in force')
  expect(policy.current()).toMatchObject({ quorum: 'lender', witnesses: [{ name: 'lender' }] })
  expect(told).toBe(0)
  expect(logged.at(-1)).toMatch(/^error policy of witnesses not taken over .*quorum line/)
  await write(`${lender}${auditor}group both all lender auditor\nquorum both\n`)
  await problemOf(policy).toBeUndefined()
  expect({ quorum: policy.current().quorum, told }).toEqual({ quorum: 'both', told: 1 })
})

test('a lost, cut or wrong file keeps the witnesses; `quorum none` lets them go', async () => {
  await write(`${lender}quorum lender\n`)
  const policy = await open()
  await rm(file)
  await problemOf(policy).toContain('names no witnesses any more')
  await write(`${lender}quorum nobody\n`)
  await problemOf(policy).toContain('"nobody" is not defined above')
  await write(lender.slice(0, 20))
  await problemOf(policy).toContain('has no quorum line')
  expect(policy.current().quorum).toBe('lender')
  await write('quorum none\n')
  await expect.poll(() => policy.current().quorum, { timeout: 4000 }).toBe('none')
})

test('at the start there is none of before: a bad file ends it, with the reason', async () => {
  await write(lender)
  await expect(open()).rejects.toMatchObject({
    code: 'policy.witnesses',
    message: expect.stringContaining('no quorum line'),
  })
})
