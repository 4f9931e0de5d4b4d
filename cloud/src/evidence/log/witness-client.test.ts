/** Witnesses that answer without end: the log goes on without them, and its memory stays small. */
import { createServer } from 'node:http'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { expect, test } from 'vitest'
import { askWitness } from './witness-client.ts'

/** Where the test stops, should the reader not. */
const ENOUGH = 64 * 1024 * 1024

test.each([
  [200, { said: 'refused', status: 200 }],
  [409, { said: 'refused', status: 409 }],
  [503, { said: 'unreachable' }],
])('an endless answer with status %i', async (status, expected) => {
  let sent = 0
  const server = createServer((_request, response) => {
    response.writeHead(status)
    const chunk = Buffer.alloc(65_536, '1')
    const more = () => {
      while (sent < ENOUGH && !response.destroyed && response.write(chunk)) sent += chunk.length
    }
    response.on('drain', more)
    more()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const verifier = ed25519Verifier('witness.bank', ed25519.generate().publicKey)
  const answer = await askWitness({ url, verifier }, { oldSize: 0, proof: [], note: 'n\n\n' })
  expect(answer).toMatchObject(expected)
  expect(sent).toBeLessThan(8 * 1024 * 1024)
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})
