/** A list that is fetched page by page: the newest page renews itself, older ones are appended. */
import { useState } from 'react'
import type { Answer } from './client.ts'
import type { List, Page } from './resources.ts'
import { type Loaded, useAnswer } from './use-answer.ts'

export type Paged<T> = {
  loaded: Loaded<List<T>>
  reload: () => void
  /** Null when there is nothing older. */
  more: (() => void) | null
}

/**
 * Asks for `count` pages in one go, so that a reload renews everything that is on screen.
 * `key` names the question without its page.
 */
export function usePages<T>(
  key: string,
  ask: (page: Page, signal: AbortSignal) => Promise<Answer<List<T>>>,
): Paged<T> {
  const [shown, setShown] = useState({ key, pages: 1 })
  const pages = shown.key === key ? shown.pages : 1
  const { loaded, reload } = useAnswer(key, signal => collect(pages, ask, signal))
  const hasMore = loaded.state === 'ready' && loaded.value.next !== null
  const more = () => {
    setShown({ key, pages: pages + 1 })
    reload()
  }
  return { loaded, reload, more: hasMore ? more : null }
}

const PAGE_SIZE = 50

async function collect<T>(
  pages: number,
  ask: (page: Page, signal: AbortSignal) => Promise<Answer<List<T>>>,
  signal: AbortSignal,
): Promise<Answer<List<T>>> {
  const items: T[] = []
  let next: string | null = null
  for (let n = 0; n < pages; n += 1) {
    const answer = await ask({ limit: PAGE_SIZE, before: next ?? undefined }, signal)
    if (!answer.ok) return answer
    items.push(...answer.value.items)
    next = answer.value.next
    if (next === null) break
  }
  return { ok: true, value: { items, next } }
}
