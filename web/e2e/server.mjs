// The server under test: the one at BASE_URL, or one of our own on a throw-away folder.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FIRST } from './person.mjs'
import { startReceivers } from './receivers.mjs'

/** The program under test. */
export const binary = process.env.SHOUWANG_BIN ?? fileURLToPath(new URL('../../bin/shouwang', import.meta.url))

/** A post that must sign in with a second factor on a server that is started here; no demonstration account has it. */
export const FACTOR_ROLE = 'city_office'

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

async function healthy(base, ended) {
  const until = Date.now() + 90_000
  while (Date.now() < until) {
    if (ended()) throw new Error('the server ended before it was ready')
    const answer = await fetch(`${base}/api/v1/health`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((go) => setTimeout(go, 300))
  }
  throw new Error('the server did not become ready in 90 seconds')
}

/** Gives the address and how to stop what was started. With a drill (1d=2s) the case clock runs that fast, over few households, and many may sign in at once. */
export async function startServer({ drill } = {}) {
  if (process.env.BASE_URL) return { base: process.env.BASE_URL.replace(/\/$/, ''), stop: async () => {} }
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run make build first, or set BASE_URL`)
  const data = mkdtempSync(join(tmpdir(), 'shouwang-e2e-'))
  const address = `127.0.0.1:${await freePort()}`
  const receivers = await startReceivers()
  const secret = join(data, 'oidc-secret')
  writeFileSync(secret, 'of the stories', { mode: 0o600 })
  // A provider of identities that nobody asks: people's accounts are linked to it.
  const identities = { SHOUWANG_OIDC_ISSUER: receivers.origin, SHOUWANG_OIDC_CLIENT: 'shouwang', SHOUWANG_OIDC_SECRET_FILE: secret, SHOUWANG_OIDC_TITLE: 'SSO' }
  const env = { ...process.env, ...receivers.env, ...identities, SHOUWANG_PUBLIC_URL: `http://${address}`, SHOUWANG_DATA: data, SHOUWANG_ADDR: address, SHOUWANG_TEMPORAL_UI_PORT: '0', SHOUWANG_SEED: 'demo', SHOUWANG_SECOND_FACTOR: FACTOR_ROLE, SHOUWANG_PER_MINUTE: '600', ...(drill && { SHOUWANG_DRILL: drill, SHOUWANG_SEED_HOUSEHOLDS: '300' }) }
  const child = spawn(binary, ['serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  let ended = false
  const over = new Promise((done) => child.once('exit', () => done((ended = true))))
  const stop = async () => {
    child.kill('SIGINT')
    await over
    receivers.stop()
    rmSync(data, { recursive: true, force: true })
  }
  try {
    await healthy(`http://${address}`, () => ended)
  } catch (err) {
    await stop()
    throw err
  }
  /** Runs a command of the program on the same folder. */
  const command = (args) => execFileSync(binary, args, { env, input: `${FIRST}\n`, stdio: ['pipe', 'ignore', 'ignore'] })
  /** Changes the database behind the server's back: time that would have to pass. */
  const sql = (statement) => {
    const changed = execFileSync('sqlite3', ['-cmd', '.timeout 5000', join(data, 'shouwang.db'), `${statement}; SELECT changes();`], { encoding: 'utf8' })
    if (changed.trim() !== '1') throw new Error(`${statement} changed ${changed}`)
  }
  return { base: `http://${address}`, stop, command, sql, receivers }
}
