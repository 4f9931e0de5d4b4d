/**
 * Long work in short steps: a generator that says between them how far it is, so that whoever
 * drives it can show that, let others work, or stop. Nothing here waits: that is the driver's part.
 */
export type Progress = { done: number; of: number }
export type Steps<Result> = Generator<Progress, Result, void>

/** Events a step: some milliseconds in a browser. */
const STEP = 64

/** Whether a step ends with the item at this place of a list. */
export function stepEvery(at: number): boolean {
  return at % STEP === STEP - 1
}

/** Does the whole work at once. */
export function toTheEnd<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
