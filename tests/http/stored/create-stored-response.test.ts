import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { byTimers } from '../../../src/cache/timing/schedule.ts'
import {
  createStoredResponse,
  createStreamedResponse,
} from '../../../src/http/stored/create-stored-response.ts'
import { readBody } from '../../../src/http/stored/read-body.ts'
import type { SharedBody } from '../../../src/http/stored/streaming-body.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const bytesOf = (text: string) => new TextEncoder().encode(text)
const headOf = (headers: Record<string, string>, status = 200) => ({
  status,
  headers: new Headers(headers),
  selecting: undefined,
})

/** The form in which a body of these bytes is stored. */
async function bodyOf(bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
  return (await createStoredResponse(headOf(headers), bytes, NOW)).parts().body
}

describe('createStoredResponse', () => {
  it('UTF-8 text is stored as a string', async () => {
    for (const type of [
      'text/plain',
      'text/html; charset=utf-8',
      'application/json',
      'application/problem+json; charset=UTF-8',
      'text/plain; charset="utf-8"',
      'application/xml',
      'application/javascript',
    ]) {
      assert.equal(await bodyOf(bytesOf('grüße'), { 'content-type': type }), 'grüße', type)
    }
  })

  it('bodies of another type, charset or encoding are stored as bytes', async () => {
    for (const headers of [
      {},
      { 'content-type': 'image/png' },
      { 'content-type': 'text/plain; charset=iso-8859-1' },
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
    ] as Record<string, string>[]) {
      assert.deepEqual(await bodyOf(bytesOf('a'), headers), bytesOf('a'), JSON.stringify(headers))
    }
  })

  it('text that is not UTF-8, and text above 64 KiB, is stored as bytes', async () => {
    const headers = { 'content-type': 'text/plain' }
    const invalid = Uint8Array.of(0xc3, 0x28)
    assert.equal(await bodyOf(invalid, headers), invalid)
    const long = bytesOf('x'.repeat(64 * 1024 + 1))
    assert.equal(await bodyOf(long, headers), long)
    assert.equal(typeof (await bodyOf(long.slice(1), headers)), 'string')
  })

  it('a byte order mark is part of the stored text', async () => {
    assert.equal(await bodyOf(bytesOf('\ufeff{}'), { 'content-type': 'application/json' }), '\ufeff{}')
  })

  it('an ETag is generated for a 200 with a body and without the handler’s own', async () => {
    const generated = await createStoredResponse(headOf({}), bytesOf('x'), NOW)
    assert.match(generated.etag ?? '', /^"[\w-]{22}"$/)
    assert.equal(generated.conditionalHeaders, undefined)
    const own = await createStoredResponse(headOf({ etag: '"own"' }), bytesOf('x'), NOW)
    assert.equal(own.etag, '"own"')
    assert.deepEqual(own.conditionalHeaders, { 'if-none-match': '"own"' })
    assert.equal((await createStoredResponse(headOf({}, 404), bytesOf('x'), NOW)).etag, undefined)
    assert.equal((await createStoredResponse(headOf({}), null, NOW)).etag, undefined)
  })

  it('Content-Length is the real length of the body', async () => {
    const { headers } = (
      await createStoredResponse(headOf({ 'content-length': '999' }), bytesOf('ü'), NOW)
    ).parts()
    assert.equal(headers['content-length'], '2')
  })
})

describe('createStreamedResponse', () => {
  async function sharedBody(): Promise<SharedBody> {
    const body = await readBody(new Response('long'), {
      bufferBytes: 1,
      maxBodyBytes: 100,
      schedule: byTimers,
    })
    return body !== 'too-large' && 'shared' in body ? body.shared : assert.fail()
  }

  it('a streamed response has the given length and Accept-Ranges, and no generated ETag', async () => {
    for (const [length, expected] of [
      [4, ['4', 'bytes']],
      [undefined, [null, null]],
    ] as const) {
      const head = headOf({ 'content-length': '7' })
      const stored = createStreamedResponse(head, await sharedBody(), length, NOW)
      const options = { head: false, notModified: false, ageMs: undefined, cacheStatus: 'hitrate' }
      const response = stored.toResponse(options)
      const { headers } = response
      assert.deepEqual([headers.get('content-length'), headers.get('accept-ranges')], expected)
      assert.equal(response.headers.get('etag'), null)
      assert.equal(await response.text(), 'long')
      for (const useBody of [() => stored.parts(), () => stored.toMessage(options)]) {
        assert.throws(useBody, /^TypeError: The body of the response is still streaming$/)
      }
      assert.equal(stored.hasMessage, false)
    }
  })
})
