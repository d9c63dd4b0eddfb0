import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { compress } from 'hono/compress'
import { MadeTexts } from '../../../src/http/context/made-text.ts'

const pass: MiddlewareHandler = (_, next) => next()

/** Returns the text that is known of the handler's response, and the response of the app. */
async function textOf(
  handler: (c: Context) => Response | Promise<Response>,
  { outer = pass, inner = pass }: { outer?: MiddlewareHandler; inner?: MiddlewareHandler } = {},
) {
  const texts = new MadeTexts()
  const app = new Hono()
  let known: string | undefined
  app.use(outer)
  app.use(async (c, next) => {
    const text = texts.start(c)
    await next()
    text?.stop()
    known = text?.of(c.res)
  })
  app.use(inner)
  app.get('/', handler)
  const response = await app.request('/', { headers: { 'accept-encoding': 'gzip' } })
  return { known, response, body: await response.clone().text() }
}

describe('a text of which the context makes a response', () => {
  const made: Record<string, (c: Context) => Response | Promise<Response>> = {
    json: (c) => c.json({ a: 'ä' }),
    'json with a status': (c) => c.json([1], 201),
    'json with headers': (c) => c.json({}, 200, { 'cache-control': 'public, max-age=0', 'cache-tag': 'a' }),
    'json with another type': (c) => c.json({}, 200, { 'content-type': 'text/plain' }),
    'json with several values of a header': (c) => c.json({}, 200, { 'x-own': ['1', '2'] }),
    'json with an object of options': (c) => c.json({}, { status: 201, headers: { 'x-own': '1' } }),
    'json with options and headers': (c) =>
      c.json({}, { headers: { 'x-own': '1' } } as never, { 'X-Own': '2' }),
    text: (c) => c.text('a', 200, { 'x-own': '1' }),
    html: (c) => c.html('<p>'),
    body: (c) => c.body('a', 200, { 'content-type': 'text/css' }),
    'the last of several': (c) => {
      c.text('first')
      return c.text('second', 200, {})
    },
    'json after the context has set headers': (c) => {
      c.header('x-own', '1')
      c.status(203)
      return c.json({})
    },
  }
  for (const [name, handler] of Object.entries(made)) {
    it(`${name}: is known, and the response is that of Hono`, async () => {
      const plain = await new Hono().get('/', handler).request('/')
      const { known, body, response } = await textOf(handler)
      assert.equal(known, body)
      assert.equal(body, await plain.text())
      assert.equal(response.status, plain.status)
      assert.deepEqual([...response.headers], [...plain.headers])
    })
  }

  it('a text without headers has its type at once, which Hono leaves to the server', async () => {
    const { known, response } = await textOf((c) => c.text('a'))
    assert.deepEqual([known, response.headers.get('content-type')], ['a', 'text/plain; charset=UTF-8'])
  })

  const unknown: Record<string, (c: Context) => Response | Promise<Response>> = {
    'json of a value without a text': (c) => c.json(undefined as never),
    'an empty text': (c) => c.body(''),
    'half of a surrogate pair': (c) => c.text('\ud800'),
    bytes: (c) => c.body(new Uint8Array([65])),
    'a promise of HTML': (c) => c.html(Promise.resolve('<p>')),
    'a Response that the context has not made': () => new Response('a'),
    'a response with another body': async (c) => new Response(`${await c.text('a').text()}b`),
    'an earlier response than the last': (c) => {
      const first = c.text('first')
      c.text('second')
      return first
    },
    'a response whose body was read': async (c) => {
      const response = c.text('a')
      const copy = response.clone()
      await response.text()
      return Object.defineProperty(response, 'body', { value: copy.body })
    },
  }
  for (const [name, handler] of Object.entries(unknown)) {
    it(`${name}: is not known`, async () => {
      assert.equal((await textOf(handler).catch(() => ({ known: undefined }))).known, undefined)
    })
  }

  it('headers that middleware sets on the response itself leave its text known', async () => {
    const inner: MiddlewareHandler = async (c, next) => {
      await next()
      c.res.headers.set('x-inner', '1')
    }
    const { known, response } = await textOf((c) => c.text('a'), { inner })
    assert.deepEqual([known, response.headers.get('x-inner')], ['a', '1'])
  })

  it('a response that middleware has replaced has no known text', async () => {
    for (const inner of [
      compress({ threshold: 0 }),
      async (c: Context, next: () => Promise<void>) => {
        await next()
        c.res = new Response(`${await c.res.text()}b`)
      },
      async (c: Context, next: () => Promise<void>) => {
        await next()
        c.header('x-inner', '1') // Hono makes another response
      },
    ]) {
      assert.equal((await textOf((c) => c.html('a'), { inner })).known, undefined)
    }
  })

  it('a method that code has replaced before is called as it is, and its text is not known', async () => {
    const outer: MiddlewareHandler = (c, next) => {
      const { json, text, body } = c
      c.json = ((value: object) => json({ data: value })) as typeof json
      c.text = ((value: string) => text(value.toUpperCase())) as typeof text
      c.body = ((value: string) => body(`${value}!`)) as typeof body
      return next()
    }
    for (const [handler, sent] of [
      [(c: Context) => c.json({ a: 1 }), '{"data":{"a":1}}'],
      [(c: Context) => c.text('a'), 'A'],
      [(c: Context) => c.body('a'), 'a!'],
    ] as const) {
      const { known, body } = await textOf(handler, { outer })
      assert.deepEqual([known, body], [undefined, sent])
    }
  })

  it('the context has its own methods back after the handler', async () => {
    const texts = new MadeTexts()
    const app = new Hono()
    app.get('/', (c) => {
      const { json, text, html, body } = c
      texts.start(c)?.stop()
      assert.deepEqual([c.json, c.text, c.html, c.body], [json, text, html, body])
      return c.text('a')
    })
    assert.equal((await app.request('/')).status, 200)
  })
})
