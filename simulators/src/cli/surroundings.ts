/** What pure commands are given: a file's bytes with a limit, standard output, the clock. */
import { open } from 'node:fs/promises'
import { TillproofError } from '@tillproof/shared/errors.ts'

export const surroundings = {
  read: readFileUpTo,
  write: (text: string) => void process.stdout.write(`${text}\n`),
  nowMs: () => Date.now(),
}

/**
 * At most `maxBytes + 1` bytes: one more than allowed shows that there are more, and a device file
 * without an end stops there too.
 */
async function readFileUpTo(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const pieces: Buffer[] = []
    let left = maxBytes + 1
    while (left > 0) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(left, 65_536)))
      if (bytesRead === 0) break
      pieces.push(buffer.subarray(0, bytesRead))
      left -= bytesRead
    }
    return new Uint8Array(Buffer.concat(pieces))
  } catch (cause) {
    throw new TillproofError(
      'file.unreadable',
      `${path} cannot be read: ${reasonOf(cause)}`,
      'Check the path and that you may read it.',
      { cause },
    )
  }
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'you are not allowed to'],
])

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  return REASONS.get(code) ?? code
}
