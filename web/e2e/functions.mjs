// Which functions of the application the stories use by clicks: the operations of the API that pages called and were answered.
// docs/e2e.md lists them with a story each; a run of all stories fails when less than 90 % are used or that list is not true.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** The least share of a run of all stories. */
const LEAST = 0.9
const list = new URL('../../docs/e2e.md', import.meta.url)

/** No function of a person before the screen, and why. */
const apart = {
  endOIDC: '登录服务跳转回来时由浏览器调用（tools/oidctest 用真的登录服务测试）',
  beginOIDC: '跳转到单位的登录服务（tools/oidctest 测试）',
  getFeed: '由日历软件读取',
  getOpenAPI: '供程序对接',
  getHealth: '供运维监测',
}

/** The public pages have no script and call no operation of the API: they do the same themselves. */
const plain = [
  { id: 'listPublicNotices', method: 'GET', shape: /^\/public\/villages\/[^/]+$/ },
  { id: 'getPublicNotice', method: 'GET', shape: /^\/public\/villages\/[^/]+\/notices\/[^/]+$/ },
  { id: 'objectToNotice', method: 'POST', shape: /^\/public\/villages\/[^/]+\/notices\/[^/]+$/ },
]

/** Set by the client of the stories on what a story only prepares, which is no click. */
export const PREPARED = 'x-prepared'

export class Functions {
  /** operation → titles of the stories that used it */
  used = new Map()
  operations = []

  static async of(base) {
    const one = new Functions()
    const doc = await (await fetch(`${base}/api/v1/openapi.json`)).json()
    for (const [path, item] of Object.entries(doc.paths))
      for (const [method, op] of Object.entries(item)) {
        if (!op.operationId) continue
        const shape = new RegExp(`^/api/v1${path.replace(/\{\w+\}/g, '[^/]+')}$`)
        one.operations.push({ id: op.operationId, title: op.summary, tag: op.tags[0], method: method.toUpperCase(), shape, fixed: !path.includes('{') })
      }
    one.operations.sort((a, b) => b.fixed - a.fixed) // /cases/counts before /cases/{id}
    return one
  }

  /** Takes down what a page asked and was answered. */
  heard(story, response) {
    const request = response.request()
    if (response.status() >= 400 || request.headers()[PREPARED]) return
    this.take(story, request.method(), response.url())
  }

  /** Takes down what a link brought: the browser saves it and tells the page of no answer. */
  async fetched(story, download) {
    if ((await download.failure().catch(() => 'gone')) === null) this.take(story, 'GET', download.url())
  }

  take(story, method, url) {
    const { pathname } = new URL(url)
    const op = [...plain, ...this.operations].find((o) => o.method === method && o.shape.test(pathname))
    if (!op) return
    if (!this.used.has(op.id)) this.used.set(op.id, new Set())
    this.used.get(op.id).add(story)
  }

  /** The functions of people. */
  get theirs() {
    return this.operations.filter((o) => !apart[o.id])
  }

  /** What is wrong with the list or the share, in words. */
  faults(titles) {
    const page = existsSync(list) ? readFileSync(list, 'utf8') : ''
    const lines = new Map([...page.matchAll(/^\| `(\w+)` \| [^|]* \| ([^|]*) \|$/gm)].map((m) => [m[1], m[2].trim()]))
    const out = []
    for (const { id } of this.operations) {
      const story = lines.get(id)
      if (story === undefined) out.push(`${id} is missing`)
      else if (apart[id] ? story !== apart[id] : story !== '—' && !titles.includes(story)) out.push(`${id}: there is no story “${story}”`)
    }
    if (out.length > 0) out.push('docs/e2e.md is not true: npm run e2e -- --write makes it anew')
    if (this.share < LEAST) out.push(`only ${this.percent} of the functions are used; ${LEAST * 100} % are wanted`)
    return out
  }

  get share() {
    return this.theirs.filter((o) => this.used.has(o.id)).length / this.theirs.length
  }

  get percent() {
    return `${(this.share * 100).toFixed(1)} %`
  }

  get missing() {
    return this.theirs.filter((o) => !this.used.has(o.id)).map((o) => o.id)
  }

  /** The share in words, with what no story uses. */
  get told() {
    const { theirs, missing } = this
    return `Used are ${theirs.length - missing.length} of ${theirs.length} functions (${this.percent}).${missing.length ? ` Not used: ${missing.map((id) => `\`${id}\``).join(', ')}.` : ''}`
  }

  toString() {
    return `functions by clicks: ${this.told.replaceAll('`', '')}`
  }

  /** Writes docs/e2e.md: each function with the first story that uses it, in the order of the stories. */
  write(titles) {
    const line = (o) => `| \`${o.id}\` | ${o.title.replaceAll('|', '/')} | ${apart[o.id] ?? titles.find((t) => this.used.get(o.id)?.has(t)) ?? '—'} |`
    const tables = [...group(this.operations)].map(([tag, ops]) => `## ${tag}\n\n| operation | what a person does with it | story |\n| --- | --- | --- |\n${ops.sort((a, b) => a.id.localeCompare(b.id)).map(line).join('\n')}\n`)
    writeFileSync(list, `${HEAD}\n${this.told}\n\n${tables.join('\n')}`)
  }
}

const group = (ops) => {
  const out = new Map()
  for (const o of ops) out.set(o.tag, [...(out.get(o.tag) ?? []), o])
  return out
}

const HEAD = `# What is used in a real browser

\`make test-browser\` (\`make e2e\`) plays the stories of web/e2e with Chromium over the real server with its embedded Temporal. A function counts
as used when a page, by a click or a key and not by preparation of the story, called the operation behind it and was answered. A run of all
stories fails when fewer than ${LEAST * 100} % are used, when a function is missing below, or when it is listed with a story that there is not.
Made by \`npm run e2e -- --write\`; a dash means that no story uses it.
`
