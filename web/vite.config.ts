import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Writes .br and .gz beside each text asset, so that the server only picks one. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        if (!/\.(js|css|svg)$/.test(name)) continue
        const body = Buffer.from(file.type === 'chunk' ? file.code : file.source)
        const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }
        this.emitFile({ type: 'asset', fileName: `${name}.br`, source: brotliCompressSync(body, brotli) })
        this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(body, { level: 9 }) })
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
  server: { proxy: { '/api': backend } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000, setupFiles: ['src/test-setup.ts'] },
})
