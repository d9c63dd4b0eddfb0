import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sizedBody } from '../../../src/http/stored/sized-body.ts'

const isBun = 'Bun' in globalThis

function streamOf(text: string) {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  })
}

describe('sizedBody()', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sized-'))
    await writeFile(join(folder, 'a.mp4'), '0123456789')
  })
  after(() => rm(folder, { recursive: true }))

  it('a file on Bun has its size, and is not read', { skip: !isBun }, async () => {
    const file = Bun.file(join(folder, 'a.mp4'))
    for (const [body, size, text] of [
      [file, 10, '0123456789'],
      [file.slice(2, 5), 3, '234'],
    ] as const) {
      const response = new Response(body)
      assert.deepEqual(await sizedBody(response), { size, isFile: true })
      assert.equal(response.bodyUsed, false)
      assert.deepEqual(await sizedBody(response.clone()), { size, isFile: true })
      assert.equal(await response.text(), text)
    }
  })

  it('a string, bytes and a Blob on Bun have their size', { skip: !isBun }, async () => {
    for (const body of ['äb', new Uint8Array(3), new Blob(['abc'])]) {
      assert.deepEqual(await sizedBody(new Response(body)), { size: 3, isFile: false })
    }
  })

  it('a body on another runtime has no size', { skip: isBun }, async () => {
    for (const body of ['abc', new Uint8Array(3), new Blob(['abc'])]) {
      assert.equal(await sizedBody(new Response(body)), undefined)
    }
  })

  it('a stream and an absent body have no size, whatever their headers say', async () => {
    const headers = { 'x-a': '  FileRef ("/a")', 'x-b': 'Blob (3 bytes)' }
    for (const body of [streamOf('abc'), null]) {
      const response = new Response(body, { headers })
      assert.equal(await sizedBody(response), undefined)
      assert.equal(response.bodyUsed, false)
    }
  })
})
