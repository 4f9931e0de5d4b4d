/** Everything a database needs before a cloud can use it, made or updated as its owner. */
import { prepareQueue } from '../jobs/queue.ts'
import { migrate } from './migrations.ts'

/** Answers the names of the migrations it applied. */
export async function prepareDatabase(ownerUrl: string): Promise<string[]> {
  const applied = await migrate(ownerUrl)
  await prepareQueue(ownerUrl)
  return applied
}
