import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import type { Plugin, Rolldown } from 'vite'
import { defineConfig } from 'vitest/config'
import { i18n } from './i18n/plugin.ts'

/** Writes .br and .gz beside each text asset, so that the server only picks one. Only what has been written is final. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir = 'dist' }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(m?js|css|svg)$/.test(name)) continue
        const path = join(dir, name)
        const body = readFileSync(path)
        const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }
        writeFileSync(`${path}.br`, brotliCompressSync(body, brotli))
        writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }))
      }
    },
  }
}

/** Names in a page what it loads besides its entry, which opens it in the language chosen: so all is fetched at once. */
function firstFiles(): Plugin {
  return {
    name: 'first-files',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {}, chunk }) {
        const page = chunk?.dynamicImports.map((name) => bundle[name]).find((c) => c?.type === 'chunk' && /\/page\.tsx$/.test(c.facadeModuleId ?? ''))
        if (!chunk || page?.type !== 'chunk') throw new Error('the page of an entry is not in the build')
        const known = new Set(filesOf(chunk.fileName, bundle))
        const files = [...filesOf(page.fileName, bundle)].filter((name) => !known.has(name) && !html.includes(name))
        return files.map((name) => ({ tag: 'link', attrs: { rel: name.endsWith('.css') ? 'stylesheet' : 'modulepreload', crossorigin: true, href: `/${name}` }, injectTo: 'head' as const }))
      },
    },
  }
}

/** A chunk with all that it imports at once, and their styles. */
function filesOf(name: string, bundle: Rolldown.OutputBundle, found = new Set<string>()): Set<string> {
  const chunk = bundle[name]
  if (chunk?.type !== 'chunk' || found.has(name)) return found
  found.add(name)
  for (const css of chunk.viteMetadata?.importedCss ?? []) found.add(css)
  for (const other of chunk.imports) filesOf(other, bundle, found)
  return found
}

/** The files of the phone page that its service worker keeps: those the page names, and its icons. */
const phoneIcons = ['/favicon.svg', '/m/app.webmanifest', '/m/icon-192.png', '/m/icon-512.png', '/m/icon-mask-512.png']

/** Writes the service worker of the phone page with the names of the files to keep. */
function phoneWorker(): Plugin {
  return {
    name: 'phone-worker',
    apply: 'build',
    writeBundle({ dir = 'dist' }, bundle) {
      const page = readFileSync(join(dir, 'm.html'), 'utf8')
      const worker = readFileSync('sw.js', 'utf8')
      const files = [...new Set([...page.matchAll(/\/assets\/[^"]+/g)].map((m) => m[0])), ...phoneIcons]
      // The dictionary is kept where English was chosen.
      const english = Object.values(bundle).find((c) => c.type === 'chunk' && c.facadeModuleId?.endsWith('/i18n/english.ts'))
      if (!english) throw new Error('the dictionary of English is not in the build')
      const version = createHash('sha256').update(page).update(english.fileName).update(worker).digest('hex').slice(0, 16)
      writeFileSync(join(dir, 'm', 'sw.js'), worker.replace('__FILES__', JSON.stringify(files)).replace('__ENGLISH__', `/${english.fileName}`).replace('__VERSION__', version))
    },
  }
}

/**
 * Lays beside the reader of PDFs what it asks for by name: how Chinese fonts number their characters, where a file does not bring the
 * font along, and the decoders of what scanners write, as scripts: the page's policy lets no WebAssembly run.
 */
function pdfParts(): Plugin {
  const from = 'node_modules/pdfjs-dist'
  return {
    name: 'pdf-parts',
    apply: 'build',
    generateBundle() {
      const { version } = JSON.parse(readFileSync(`${from}/package.json`, 'utf8')) as { version: string }
      const maps = readdirSync(`${from}/cmaps`).filter((name) => /^(Adobe-GB1|GB|UniGB)/.test(name))
      const decoders = readdirSync(`${from}/wasm`).filter((name) => name.endsWith('_nowasm_fallback.js'))
      for (const path of [...maps.map((name) => `cmaps/${name}`), ...decoders.map((name) => `wasm/${name}`)])
        this.emitFile({ type: 'asset', fileName: `assets/pdf-${version}/${path.replace(/^.*\//, '')}`, source: readFileSync(`${from}/${path}`) })
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
  plugins: [i18n(), react(), firstFiles(), pdfParts(), precompress(), phoneWorker(), keepFolder()],
  // The server replaces the placeholder by a fresh nonce in every answer.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: ['chrome87', 'safari14'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    reportCompressedSize: true,
    // What each page and route loads; size.mjs reads it.
    manifest: true,
    // The phone has a page of its own, without the desk's components.
    rolldownOptions: { input: { index: 'index.html', m: 'm.html' } },
  },
  server: { proxy: { '/api': backend, '/public': backend } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], testTimeout: 30_000, setupFiles: ['src/test-setup.ts'] },
})
