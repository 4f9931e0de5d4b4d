/** Builds the dashboard when its sources changed since the last time; turbo knows. */
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { runAnyhow } from './run-to-end.ts'

const root = join(import.meta.dirname, '..', '..', '..')

export async function buildDashboard(): Promise<void> {
  const turbo = join(root, 'node_modules', '.bin', 'turbo')
  const args = ['run', 'build', '--output-logs=errors-only', '--no-color', '--cwd', root]
  const { exitCode, stdout, stderr } = await runAnyhow(turbo, args)
  if (exitCode === 0) return
  const end = (stderr || stdout).trim().split('\n').slice(-5).join(' ')
  throw new TillproofError(
    'demo.build-failed',
    `the dashboard could not be built: ${end}`,
    'run `npx turbo run build` to see all of it',
  )
}
