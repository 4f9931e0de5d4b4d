/**
 * Builds the dashboard into dist/, which the cloud serves next to its API.
 * While developing, `npm run dev` serves the sources and passes API calls to a local cloud.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const cloud = 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), packed()],
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1200,
    // Inlined data: URLs would need a hole in the content security policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': cloud, '/log/': cloud } },
})

/** Leaves each script and style sheet packed beside the plain one; the cloud sends what fits. */
function packed(): Plugin {
  return {
    name: 'packed-files',
    writeBundle({ dir = '' }) {
      const assets = join(dir, 'assets')
      for (const name of readdirSync(assets).filter(each => /\.(js|css)$/.test(each))) {
        const file = join(assets, name)
        const bytes = readFileSync(file)
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
        writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: BROTLI }))
      }
    },
  }
}

/** The two best levels take ten times as long for a twentieth less. */
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 9 }
