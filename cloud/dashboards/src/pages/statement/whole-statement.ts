/** Reads a statement to its end, page by page, for what leaves the page: a file, paper. */
import type { Movement, Statement } from '@tillproof/shared/api/statements.ts'
import type { Answer } from '../../api/client.ts'

type Ask = (before: string | undefined) => Promise<Answer<Statement>>

/** @param onRead called with the number of movements after each page */
export async function wholeStatement(
  ask: Ask,
  onRead: (movements: number) => void,
): Promise<Answer<Statement>> {
  const items: Movement[] = []
  let before: string | undefined
  for (;;) {
    const answer = await ask(before)
    if (!answer.ok) return answer
    items.push(...answer.value.items)
    onRead(items.length)
    before = answer.value.next ?? undefined
    if (before === undefined) return { ok: true, value: { ...answer.value, items } }
  }
}
