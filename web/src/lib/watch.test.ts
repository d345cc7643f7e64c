import { expect, it, vi } from 'vitest'
import { unfold } from './watch'

const bytes = (text: string) => new TextEncoder().encode(text)

/** An answer that comes in these pieces. */
const answer = (pieces: Uint8Array[], type = 'application/x-ndjson') =>
  new Response(
    new ReadableStream({
      start(to) {
        for (const p of pieces) to.enqueue(p)
        to.close()
      },
    }),
    { headers: { 'Content-Type': type } },
  )

it('hands on an answer that came at once', async () => {
  const tell = vi.fn()
  const plain = answer([bytes('{"done":1}\n')], 'application/json')
  expect(await unfold(plain, tell)).toBe(plain)
  expect(tell).not.toHaveBeenCalled()
})

it('tells each line, wherever the pieces are cut, and gives the answer after them', async () => {
  const all = bytes('{"done":1,"total":3}\n{"done":2,"total":3}\n{"status":422,"type":"application/problem+json"}\n{"code":"x",\n"detail":"错"}')
  for (let cut = 1; cut < all.length; cut++) {
    const tell = vi.fn()
    const got = await unfold(answer([all.slice(0, cut), all.slice(cut)]), tell)
    expect(tell.mock.calls.map(([at]) => at)).toEqual([{ done: 1, total: 3 }, { done: 2, total: 3 }])
    expect([got.status, got.headers.get('Content-Type')]).toEqual([422, 'application/problem+json'])
    expect(await got.json()).toEqual({ code: 'x', detail: '错' })
  }
})

it('gives bytes as they are', async () => {
  const file = new Uint8Array([0, 10, 255, 10, 13])
  const got = await unfold(answer([bytes('{"done":0,"total":1}\n{"status":200,"type":"application/zip"}\n'), file]), () => {})
  expect(new Uint8Array(await got.arrayBuffer())).toEqual(file)
})

it('takes an answer that ends before its time for none', async () => {
  await expect(unfold(answer([bytes('{"done":1,"total":3}\n')]), () => {})).rejects.toThrow(TypeError)
})
