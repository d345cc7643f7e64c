import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Writes .br and .gz beside each text asset, so that the server only picks one. Only what has been written is final. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir = 'dist' }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|svg)$/.test(name)) continue
        const path = join(dir, name)
        const body = readFileSync(path)
        const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }
        writeFileSync(`${path}.br`, brotliCompressSync(body, brotli))
        writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }))
      }
    },
  }
}

/** Puts .gitkeep back after the output folder was emptied: the Go embed needs the folder. */
function keepFolder(): Plugin {
  return {
    name: 'keep-folder',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '.gitkeep', source: '' })
    },
  }
}

const backend = process.env.BACKEND ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), precompress(), keepFolder()],
  // The server replaces the placeholder by a fresh nonce in every answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: { target: ['chrome87', 'safari14'], assetsInlineLimit: 0, chunkSizeWarningLimit: 900, reportCompressedSize: true },
  server: { proxy: { '/api': backend, '/public': backend } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000, setupFiles: ['src/test-setup.ts'] },
})
