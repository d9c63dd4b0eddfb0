import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { isUrlOnlyKey } from '../../../src/http/front/url-only-key.ts'

type KeyOf = (c: Context) => unknown

/** The result for a request to /users/1?q=2. */
async function isUrlOnly(keyOf: KeyOf): Promise<boolean | undefined> {
  let result: boolean | undefined
  const app = new Hono()
  app.get('/users/:id', (c) => {
    c.set('tenant' as never, 'a' as never)
    result = isUrlOnlyKey(keyOf, c, keyOf(c) as string)
    return c.body(null)
  })
  await app.request('http://localhost/users/1?q=2', { headers: { 'x-user': 'ann' } }, { REGION: 'eu' })
  return result
}

describe('isUrlOnlyKey', () => {
  const urlOnly: Record<string, KeyOf> = {
    'c.req.url': (c) => c.req.url,
    'c.req.path': (c) => c.req.path,
    'c.req.method': (c) => c.req.method,
    'c.req.param()': (c) => c.req.param('id'),
    'c.req.query()': (c) => c.req.query('q'),
    'c.req.queries()': (c) => c.req.queries('q')?.join(),
    'c.req.raw.url': (c) => new URL(c.req.raw.url).pathname,
  }
  for (const [name, keyOf] of Object.entries(urlOnly)) {
    it(`a key from ${name} depends on the URL alone`, async () => {
      assert.equal(await isUrlOnly(keyOf), true)
    })
  }

  const others: Record<string, KeyOf> = {
    'c.req.header()': (c) => c.req.header('x-user'),
    'c.req.raw.headers': (c) => c.req.raw.headers.get('x-user'),
    'c.get()': (c) => c.get('tenant' as never),
    'c.var': (c) => (c.var as Record<string, string>).tenant,
    'c.env': (c) => (c.env as Record<string, string>).REGION,
    'the properties of the context': (c) => String('executionCtx' in c),
    'the keys of the raw request': (c) => Object.keys(c.req.raw).join(),
  }
  for (const [name, keyOf] of Object.entries(others)) {
    it(`a key from ${name} depends on more than the URL`, async () => {
      assert.equal(await isUrlOnly(keyOf), false)
    })
  }

  it('a key that changes between two calls depends on more than the URL', async () => {
    let calls = 0
    assert.equal(await isUrlOnly(() => String(++calls)), false)
  })

  it('a key that is a promise or an error the second time depends on more than the URL', async () => {
    for (const second of [async () => 'key', () => assert.fail()]) {
      let calls = 0
      assert.equal(await isUrlOnly(() => (++calls === 1 ? 'key' : second())), false)
    }
  })
})
