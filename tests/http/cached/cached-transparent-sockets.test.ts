/** The bytes that the HTTP server of the runtime sends for a response that is not stored, with `cached()` and without. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { appCases } from '../../support/transparent/apps.ts'
import { middlewareCases } from '../../support/transparent/middleware.ts'
import { appOf, type Mode, silently, type TransparencyCase } from '../../support/transparent/observe.ts'
import { openRawServer, type RawResponse, type RawServer } from '../../support/transparent/raw-server.ts'
import { responseCases } from '../../support/transparent/responses.ts'

describe('transparency over sockets', () => {
  let server: RawServer | undefined
  before(async () => {
    server = await openRawServer()
  })
  after(() => server?.close())

  async function send(one: TransparencyCase, mode: Mode): Promise<RawResponse> {
    const { app } = appOf(one, mode)
    assert.ok(server)
    return server.send((request) => app.fetch(request), one.path ?? '/x', one.request)
  }

  for (const one of [...responseCases, ...appCases, ...middlewareCases]) {
    it(`the bytes without storing are those of Hono: ${one.name}`, () =>
      silently(async () => {
        const plain = await send(one, 'without')
        const seen = await send(one, 'not stored')
        assert.deepEqual(seen, { ...plain, headers: expectedHeaders(plain, seen) })
      }))
  }
})

/** The headers without `cached()`, and the differences that cannot be avoided. */
function expectedHeaders(plain: RawResponse, seen: RawResponse): string[] {
  const added = seen.headers.filter((line) => {
    const [name = ''] = line.split(':')
    // The cache makes this 304 from the complete response, whose headers etag() would drop.
    if (plain.statusLine.includes(' 304 ')) return !plain.headers.includes(line)
    // @hono/node-server has a default type for responses whose headers were read, and Bun infers none for an empty string.
    const isDefaultType = /^content-type: text\/plain; ?charset=utf-8$/i.test(line)
    if (isDefaultType) return !plain.headers.some((header) => header.startsWith('content-type:'))
    return name === 'cache-status' || name === 'accept-ranges'
  })
  return [...plain.headers, ...added].toSorted()
}
