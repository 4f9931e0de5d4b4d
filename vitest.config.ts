/** One run for all workspaces: tests lie beside the source and share one PostgreSQL server. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// As our launcher sets it: a worker thread that strips types itself is slow, large, and now and
// then dies of a race in V8 (nodejs/node#64500).
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled')

export default defineConfig({
  test: {
    include: ['**/src/**/*.test.ts', '**/test/**/*.test.ts', '.ci/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['cloud/src/platform/testing-setup.ts', 'simulators/src/e2e/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A busy machine is no failure; what never comes fails the test all the same.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', ['json', { outputFile: 'reports/vitest.json' }]],
  },
})
