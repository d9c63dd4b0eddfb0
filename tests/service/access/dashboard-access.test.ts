import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono, type MiddlewareHandler } from 'hono'
import { loopbackAccess, tokenAccess } from '../../../src/service/access/dashboard-access.ts'

const metricsToken = 'a-token-for-scrapes'
const adminToken = 'a-token-for-purges:ä'

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

function pageBehind(access: MiddlewareHandler) {
  const app = new Hono().use(access).all('/', (c) => c.text('page'))
  return (url: string, headers: Record<string, string> = {}) => app.request(url, { headers })
}

describe('tokenAccess', () => {
  const get = pageBehind(tokenAccess([metricsToken, adminToken]))
  const status = async (authorization: string) => (await get('/', { authorization })).status

  for (const token of [metricsToken, adminToken]) {
    it(`accepts ${token} as the password of any user, and as a Bearer token`, async () => {
      assert.equal(await status(basic('', token)), 200)
      assert.equal(await status(basic('any user', token)), 200)
      assert.equal(await status(basic('user', token).replace('Basic', 'basic')), 200)
      if (token === metricsToken) assert.equal(await status(`Bearer ${token}`), 200)
    })
  }

  for (const authorization of [
    '',
    'Basic',
    'Basic !',
    basic(metricsToken, ''),
    basic('user', 'other'),
    basic('user', `${metricsToken}x`),
    basic('user', metricsToken.slice(0, -1)),
    Buffer.from(metricsToken).toString('base64'),
    `Basic ${Buffer.from(metricsToken).toString('base64')}`,
    'Bearer other',
    `Basic ${metricsToken}`,
  ]) {
    it(`answers 401 to ${JSON.stringify(authorization)}, for which a browser asks for a password`, async () => {
      const response = await get('/', authorization === '' ? {} : { authorization })
      assert.equal(response.status, 401)
      assert.match(response.headers.get('www-authenticate') ?? '', /^Basic realm="hitrate dashboard"/)
      assert.match(
        await response.text(),
        /"detail":"The dashboard needs the metrics token or the admin token"/,
      )
    })
  }

  it('is refused without a token', () => {
    assert.throws(() => tokenAccess([]), TypeError('tokenAccess: tokens must have at least one token'))
  })
})

describe('loopbackAccess', () => {
  const get = pageBehind(loopbackAccess)

  for (const host of ['localhost:3000', '127.0.0.1', '127.9.9.9:80', '[::1]:3000', 'hitrate.localhost'])
    it(`lets a request for ${host} through`, async () =>
      assert.equal((await get(`http://${host}/`)).status, 200))

  for (const host of [
    'evil.example',
    '192.168.0.5:3000',
    '0.0.0.0',
    '127.0.0.1.evil.example',
    'evillocalhost',
  ])
    it(`answers 403 to a request for ${host}, and says what to do`, async () => {
      const response = await get(`http://${host}/`)
      assert.equal(response.status, 403)
      assert.match(await response.text(), /open it as localhost\. DASHBOARD=token lets other machines see it/)
    })

  it('answers 403 to a request whose host is not valid', async () => {
    const request = { url: 'http://127.0.0.1:80:80/', method: 'GET', headers: new Headers() }
    const app = new Hono().use(loopbackAccess).all('/', (c) => c.text('page'))
    // `Request` refuses the URL, but Bun makes such ones of a `Host`.
    assert.equal((await app.fetch(request as Request)).status, 403)
  })

  for (const name of ['Forwarded', 'X-Forwarded-For', 'X-Real-IP', 'Via'])
    it(`answers 403 to a request with ${name}`, async () => {
      const response = await get('http://localhost:3000/', { [name]: '10.0.0.1' })
      assert.equal(response.status, 403)
      assert.match(await response.text(), /came through a proxy\. DASHBOARD=token/)
    })
})
