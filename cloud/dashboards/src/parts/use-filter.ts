/** Filters live in the address, so that a view can be shared, kept and reached by going back. */
import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

export type Filter = {
  get: (name: string) => string
  /** An empty text removes the filter from the address. */
  set: (name: string, value: string) => void
  /** Several at once: two calls of `set` in a row would each forget the other. */
  setAll: (values: Readonly<Record<string, string>>) => void
}

export function useFilter(): Filter {
  const [search, setSearch] = useSearchParams()
  const get = useCallback((name: string) => search.get(name) ?? '', [search])
  const setAll = useCallback(
    (values: Readonly<Record<string, string>>) =>
      setSearch(
        before => {
          const after = new URLSearchParams(before)
          for (const [name, value] of Object.entries(values)) {
            if (value === '') after.delete(name)
            else after.set(name, value)
          }
          return after
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  )
  const set = useCallback((name: string, value: string) => setAll({ [name]: value }), [setAll])
  return { get, set, setAll }
}

/** The filter's value if it is one of the choices, else the first choice. */
export function choiceOf<const Choice extends string>(
  value: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  return choices.find(choice => choice === value) ?? choices[0]
}

/** Whether any of the texts has the wanted piece, whatever its case. */
export function matches(wanted: string, ...texts: readonly string[]): boolean {
  const piece = wanted.trim().toLowerCase()
  return piece === '' || texts.some(text => text.toLowerCase().includes(piece))
}
