/** One line on standard error that says how far long work is; nothing where nobody looks. */

/** @param what is being done, such as "verifying" */
export function progressLine(what: string): { show(done: number, of: number): void; end(): void } {
  let shown = ''
  const isWatched = process.stderr.isTTY === true
  return {
    show(done, of) {
      const line = `${what} ${Math.floor((100 * done) / of)} %`
      if (!isWatched || line === shown) return
      shown = line
      process.stderr.write(`\r${line}`)
    },
    end() {
      if (shown !== '') process.stderr.write(`\r${' '.repeat(shown.length)}\r`)
      shown = ''
    },
  }
}
