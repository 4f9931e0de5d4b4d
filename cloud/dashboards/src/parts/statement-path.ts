/** Where in the dashboard an account's statement is. */

type Named = { bookId: string; path: string; currency: string }

export function statementPath({ bookId, path, currency }: Named): string {
  return `/statements/account?${new URLSearchParams({ book: bookId, account: path, currency })}`
}
