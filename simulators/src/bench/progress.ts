/** One line that says how far a long measurement is: written over itself, and only to a person. */

export type Progress = (doing: string) => void

export const showProgress: Progress = doing => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${doing}`)
}

/** Takes the line away before the result is printed. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
}
