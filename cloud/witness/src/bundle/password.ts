/** A password from a file, so that it never stands in a list of processes. */
import { readFile } from 'node:fs/promises'

/** @param file `-` is standard input @returns undefined when there is none */
export async function readPassword(file: string): Promise<string | undefined> {
  try {
    const text = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
    return text.trim() || undefined
  } catch {
    return undefined
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of stream) chunks.push(String(chunk))
  return chunks.join('')
}
