/**
 * Builds the dashboard into dist/, which the cloud serves next to its API.
 * While developing, `npm run dev` serves the sources and passes API calls to a local cloud.
 */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const cloud = 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
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
