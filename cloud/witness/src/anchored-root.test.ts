/** Nodes that lie, ramble or stop: none makes a root, and none holds the verifier up. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { afterEach, expect, test } from 'vitest'
import { readAnchoredRoot } from './anchored-root.ts'

const query = {
  chainId: 31337,
  contract: `0x${'5f'.repeat(20)}`,
  originHash: new Uint8Array(32),
  size: 3,
}
/** Where the test stops, should the reader not. */
const ENOUGH = 64 * 1024 * 1024
const root = `0x${'ab'.repeat(32)}`
let server: Server | undefined

afterEach(async () => {
  server?.closeAllConnections()
  await new Promise(resolve => server?.close(resolve))
})

test('the root that the contract holds', async () => {
  expect(await asked('0x7a69', root)).toEqual({ root: fromHex('ab'.repeat(32)) })
})

test.each([
  ['an empty slot', `0x${'00'.repeat(32)}`],
  ['no contract', '0x'],
])('%s is no root', async (_, result) => {
  expect(await asked('0x7a69', result)).toEqual({ root: null })
})

test.each([
  ['another chain', '0x1', root],
  ['a chain id that is none', '', root],
  ['half a root', '0x7a69', root.slice(0, 40)],
  ['two roots', '0x7a69', root + root.slice(2)],
  ['a number', '0x7a69', 7],
  ['nothing', '0x7a69', undefined],
])('%s is a fault', async (_, chainId, result) => {
  expect(await asked(chainId, result)).toEqual({ fault: expect.any(String) })
})

test('an answer without end is left after a few kilobytes', async () => {
  let sent = 0
  const url = await serve((_request, response) => {
    const chunk = Buffer.alloc(65_536, ' ')
    const more = () => {
      while (sent < ENOUGH && !response.destroyed && response.write(chunk)) sent += chunk.length
    }
    response.on('drain', more)
    more()
  })
  expect(await readAnchoredRoot(url, query)).toEqual({ fault: 'its answer is too long' })
  expect(sent).toBeLessThan(8 * 1024 * 1024)
})

async function asked(chainId: unknown, result: unknown) {
  const url = await serve(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const answer = body.includes('eth_chainId') ? chainId : result
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: answer }))
  })
  return readAnchoredRoot(url, query)
}

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener)
  server = started
  await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
  const address = started.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}
