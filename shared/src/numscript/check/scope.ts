/** What the check before a run knows and finds: declared variables, features, faults so far. */
import type { FaultCode, ScriptFault } from '../fault.ts'
import type { Span } from '../span.ts'
import type { ValueType } from '../syntax.ts'

/** A script with more faults than this is beyond a list. */
const MAX_FAULTS = 20

export class Scope {
  readonly types = new Map<string, ValueType | undefined>()
  readonly faults: ScriptFault[] = []
  readonly features: ReadonlySet<string>

  constructor(features: ReadonlySet<string>) {
    this.features = features
  }

  /** Notes a fault. @returns undefined: the type of what is faulty is not known. */
  fault(code: FaultCode, message: string, span: Span): undefined {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ code, message, span })
    return undefined
  }
}
