/**
 * A database that breaks once, for tests of a posting: before or after one of its statements, or
 * after its commit, when the answer is lost and the batch is there.
 */
import type { Db } from '../../platform/db/db.ts'

/** The statements of a posting in their order, by their first words. */
export const STATEMENTS = [
  'select business_id',
  'with fence',
  'copy journals',
  'copy legs',
  'insert into log_staged',
] as const
/** Those around the posting of a settlement. */
export const SETTLING_STATEMENTS = [
  'insert into settlements',
  'update bill_lines l set collected_in',
  'update settlements',
] as const
/** `with closed`: only where a batch opens or closes pending transfers. */
type Where =
  | (typeof STATEMENTS)[number]
  | 'with closed'
  | (typeof SETTLING_STATEMENTS)[number]
  | 'commit'
export type Fault = { when: 'before' | 'after'; where: Where }

export function faultyDb(db: Db) {
  let fault: Fault | undefined
  const crash = () => {
    fault = undefined
    throw new TypeError('crash')
  }
  async function step<T>(sql: string, run: () => Promise<T>): Promise<T> {
    const here = fault !== undefined && sql.trim().startsWith(fault.where)
    if (here && fault?.when === 'before') crash()
    const result = await run()
    if (here) crash()
    return result
  }
  const withSystem: Db['withSystem'] = async (fn, options) => {
    let staged = false
    const result = await db.withSystem(
      tx =>
        fn({
          query(sql, values) {
            staged ||= sql.startsWith('insert into log_staged')
            return step(sql, () => tx.query(sql, values))
          },
          copy: (sql, rows) => step(sql, () => tx.copy(sql, rows)),
        }),
      options,
    )
    if (staged && fault?.where === 'commit') crash()
    return result
  }
  return {
    db: { ...db, withSystem },
    /** Undefined takes back a fault that nothing has met. */
    failNext: (next: Fault | undefined) => {
      fault = next
    },
  }
}
