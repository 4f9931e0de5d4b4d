/** Policies: the structure of C2SP tlog-policy, our own lines, quorums counted by organisation. */
import { describe, expect, test } from 'vitest'
import { ed25519 } from '../crypto/crypto.ts'
import { sm2 } from '../crypto/sm2.ts'
import { vkey } from './key.ts'
import { formatPolicy, isQuorum, parsePolicy } from './policy.ts'

const keyOf = (byte: number) => ed25519.publicKeyOf(new Uint8Array(32).fill(byte))
const log = vkey('demo/log', 'ed25519', keyOf(1))
const device = vkey('demo/d/d0123456789ab/1', 'ed25519', keyOf(2))
const witness = (n: number) => vkey(`w${n}.example`, 'cosignature', keyOf(10 + n))
const second = (name: string) => vkey(name, 'sm2', sm2.publicKeyOf(new Uint8Array(32).fill(3)))
const contract = `0x${'5F'.repeat(20)}`

/** The example of tlog-policy: two organisations, two of three keys and one of three. */
const example = `# an example
log ${log}\thttps://demo.example/log

witness X1 ${witness(1)}
witness X2 ${witness(2)} https://x2.example
 witness X3 ${witness(3)}
group X-witnesses 2 X1 X2 X3

witness Y1 ${witness(4)}
witness Y2 ${witness(5)}
group Y-witnesses any Y1 Y2

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
  # ours
anchor 31337 ${contract} http://127.0.0.1:8545
registry 31337 ${contract}
block 31337 0x${'AB'.repeat(32)}
validators 31337 ${contract} 0x${'12'.repeat(20)}
also ${second('demo/log')}
device ${device}
`

describe('the example of tlog-policy', () => {
  const policy = parsePolicy(example)

  test('is read', () => {
    expect(policy.logs.map(each => [each.verifier.name, each.url])).toEqual([
      ['demo/log', 'https://demo.example/log'],
    ])
    expect(policy.witnesses.map(each => each.name)).toEqual(['X1', 'X2', 'X3', 'Y1', 'Y2'])
    expect(policy.groups.map(each => [each.name, each.threshold])).toEqual([
      ['X-witnesses', 2],
      ['Y-witnesses', 1],
      ['X-and-Y', 2],
    ])
    expect(policy.anchors).toEqual([
      { chainId: 31337, contract: contract.toLowerCase(), rpcUrl: 'http://127.0.0.1:8545' },
    ])
    expect(policy.registries).toEqual([{ chainId: 31337, contract: contract.toLowerCase() }])
    expect(policy.blocks).toEqual([{ chainId: 31337, hash: `0x${'ab'.repeat(32)}` }])
    const addresses = [contract.toLowerCase(), `0x${'12'.repeat(20)}`]
    expect(policy.validators).toEqual([{ chainId: 31337, addresses }])
    expect(policy.also.map(each => each.vkey)).toEqual([second('demo/log')])
    expect(policy.devices.map(each => each.verifier.name)).toEqual(['demo/d/d0123456789ab/1'])
  })

  test('written and read again is the same', () => {
    const again = formatPolicy(policy)
    expect(formatPolicy(parsePolicy(again))).toBe(again)
    expect(JSON.stringify(parsePolicy(again))).toBe(JSON.stringify(policy))
  })

  test.each<[string[], boolean]>([
    [['X1', 'X2', 'Y1'], true],
    [['X1', 'X3', 'Y2'], true],
    [['X1', 'X2', 'X3'], false],
    [['X1', 'Y1', 'Y2'], false],
    [['Y1', 'Y2'], false],
    [[], false],
    [['X1', 'X1', 'Y1'], false],
    [['X-witnesses', 'Y-witnesses'], false],
  ])('cosigned by %j', (cosigners, expected) => {
    expect(isQuorum(policy, cosigners)).toBe(expected)
  })
})

test('quorum none asks for nobody; a quorum may be one witness', () => {
  expect(isQuorum(parsePolicy(`log ${log}\nquorum none\n`), [])).toBe(true)
  const single = parsePolicy(`witness W ${witness(1)}\nquorum W\n`)
  expect(isQuorum(single, [])).toBe(false)
  expect(isQuorum(single, ['W'])).toBe(true)
})

describe('refused, with the line', () => {
  const own = vkey('w', 'cosignature', keyOf(1))
  const sealers = `validators 1 ${contract}\n`
  const good = `witness A ${witness(1)}\nwitness B ${witness(2)}\n`
  test.each([
    ['no quorum', `log ${log}\n`, 'line 2'],
    ['two quorums', 'quorum none\nquorum none\n', 'line 2'],
    ['an unknown keyword', 'wittness A x\nquorum none\n', 'line 1'],
    ['a keyword of the prototype', 'toString\nquorum none\n', 'line 1'],
    ['a bad vkey', 'log demo/log+00000000+AAAA\nquorum none\n', 'line 1'],
    ['a log with a witness key', `log ${witness(1)}\nquorum none\n`, 'line 1'],
    ['a witness with a log key', `witness A ${log}\nquorum none\n`, 'line 1'],
    [
      'a key twice',
      `${good}witness C ${vkey('c', 'cosignature', keyOf(11))}\nquorum C\n`,
      'line 3',
    ],
    ['the log as its own witness', `log ${log}\nwitness A ${own}\nquorum A\n`, 'line 2'],
    ['a witness that is a log', `witness A ${own}\nlog ${log}\nquorum A\n`, 'line 2'],
    ['a log twice', `log ${log}\nlog ${log}\nquorum none\n`, 'line 2'],
    ['a name twice', `${good}witness A ${witness(3)}\nquorum A\n`, 'line 3'],
    ['a witness called none', `witness none ${witness(1)}\nquorum none\n`, 'line 1'],
    ['a group without members', `${good}group G any\nquorum G\n`, 'line 3'],
    ['a threshold above the members', `${good}group G 3 A B\nquorum G\n`, 'line 3'],
    ['a threshold of zero', `${good}group G 0 A B\nquorum G\n`, 'line 3'],
    ['a member defined below', `group G any A\n${good}quorum G\n`, 'line 1'],
    ['a member twice', `${good}group G 2 A A\nquorum G\n`, 'line 3'],
    ['a witness in two groups', `${good}group G any A\ngroup H any A B\nquorum H\n`, 'line 4'],
    ['none as a member', `${good}group G any A none\nquorum G\n`, 'line 3'],
    ['an undefined quorum', `${good}quorum C\n`, 'line 3'],
    ['a contract that is none', `quorum none\nanchor 1 0x12\n`, 'line 2'],
    ['chain 0', `quorum none\nanchor 0 ${contract}\n`, 'line 2'],
    ['a registry that is no contract', `quorum none\nregistry 1 0x12\n`, 'a registry is'],
    ['a block that is none', 'quorum none\nblock 1 0x12\n', 'a block is'],
    ['a validator that is none', 'quorum none\nvalidators 1 0x12\n', 'validators are'],
    ['no validators', 'quorum none\nvalidators 1\n', 'validators are'],
    ['a validator twice', `quorum none\nvalidators 1 ${contract} ${contract}\n`, 'twice'],
    ['a chain’s validators twice', `quorum none\n${sealers}${sealers}`, 'line 3'],
    ['a second key of another type', `log ${log}\nalso ${log}\nquorum none\n`, 'line 2'],
    ['a second key of no log', `also ${second('demo/log')}\nquorum none\n`, 'is no log above'],
    ['an origin pinned twice', `quorum none\ndevice ${device}\ndevice ${device}\n`, 'line 3'],
    ['a control character', 'quorum none\r\n', 'binary'],
  ])('%s', (_, text, where) => {
    expect(() => parsePolicy(text)).toThrowError(
      expect.objectContaining({ code: 'policy.invalid', message: expect.stringContaining(where) }),
    )
  })
})
