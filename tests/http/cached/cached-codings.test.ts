/** Content codings: one entry per coding that the handler makes, whatever the clients accept. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { coded, codedApp, compressedApp, get, gunzipped, lists, TEXT } from '../../support/coded-app.ts'
import { seededRandom } from '../../support/seeded-random.ts'

/** Headers of clients that mean one of two things to a handler that makes gzip; `undefined` is a request without the header. */
const SPELLINGS = [
  'gzip',
  'gzip, deflate, br',
  'gzip, deflate, br, zstd',
  'gzip,deflate',
  'deflate, gzip',
  'GZIP',
  'gzip;q=1.0',
  undefined,
  'identity',
  'br',
  '*',
]

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}

function printedSeed(): number {
  const seed = Number(process.env.HITRATE_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`HITRATE_SEED=${seed}`)
  return seed
}

describe('cached() before compress()', () => {
  it('runs the handler twice for 11 spellings in any order, and stores two entries', async () => {
    const random = seededRandom(printedSeed())
    for (let round = 0; round < 15; round++) {
      const app = compressedApp()
      const order = round === 0 ? SPELLINGS : shuffled(SPELLINGS, random)
      for (const accepted of [...order, ...order]) {
        const { coding, body } = await get(app, accepted)
        const text = coding === null ? new TextDecoder().decode(body) : await gunzipped(body)
        assert.equal(text, TEXT, `${accepted} of ${order}`)
        assert.ok(
          coding === null || (coding === 'gzip' && accepted && /gzip|\*/i.test(accepted)),
          String(order),
        )
      }
      assert.equal(app.runs(), 2, String(order))
      assert.equal(app.cache.stats().entries, 2)
      assert.equal((await get(app, 'gzip, deflate, br')).coding, 'gzip')
    }
  })

  it('runs the handler at most twice for a crowd with 11 spellings at a cold URL', async () => {
    const random = seededRandom(printedSeed())
    for (let round = 0; round < 20; round++) {
      const app = compressedApp()
      const crowd = shuffled([...SPELLINGS, ...SPELLINGS, ...SPELLINGS], random)
      const codings = await Promise.all(crowd.map(async (accepted) => (await get(app, accepted)).coding))
      // A crowd that a client without codings leads takes the uncompressed response.
      assert.equal(app.runs(), codings.includes('gzip') ? 2 : 1, String(crowd))
      for (const [i, coding] of codings.entries()) {
        if (crowd[i] === undefined || ['identity', 'br'].includes(crowd[i])) assert.equal(coding, null)
      }
    }
  })

  it('is not run by made-up headers, and these push nothing out', async () => {
    const app = compressedApp({ maxVariants: 32 })
    await get(app, 'gzip, deflate, br')
    await get(app)
    for (let i = 0; i < 40; i++) {
      for (const accepted of [
        `x-${i}`,
        `gzip, x-${i}`,
        `gzip;q=0.${i + 1}`,
        `x;q=${i}, ;;,"`,
        `gzip;q=x${i}`,
      ]) {
        assert.equal((await get(app, accepted)).isHit, true, accepted)
      }
    }
    assert.equal(app.runs(), 2)
    assert.equal(app.cache.stats().entries, 2)
  })

  it('a request that refuses a coding never gets it', async () => {
    const app = compressedApp()
    await get(app, 'gzip')
    for (const accepted of ['gzip;q=0', 'gzip;q=0.000, *', '*;q=0', 'identity, gzip;q=0', 'x-gzip;q=0', '']) {
      assert.equal((await get(app, accepted)).coding, null, accepted)
    }
    const runs = app.runs()
    for (const accepted of ['identity;q=0, gzip', '*;q=0, gzip', 'identity;q=0, *;q=0.1']) {
      assert.equal((await get(app, accepted)).coding, 'gzip', accepted)
    }
    assert.equal(app.runs(), runs)
    assert.equal((await get(app, 'identity;q=0, br')).isHit, false)
    assert.equal((await get(app, 'identity;q=0, br')).isHit, false)
  })

  it('stores the compressed bytes once: a hit has the same bytes, ETag and length', async () => {
    const app = compressedApp()
    await get(app, 'gzip')
    const first = await get(app, 'gzip')
    const second = await get(app, 'deflate, gzip')
    assert.deepEqual(first.body, second.body)
    assert.equal(first.response.headers.get('content-length'), String(first.body.length))
    const etags = [first, second, await get(app)].map(({ response }) => response.headers.get('etag'))
    assert.equal(etags[0], etags[1])
    assert.notEqual(etags[0], etags[2])
  })

  it('answers HEAD, conditions and ranges from the variant in the request’s coding', async () => {
    const app = compressedApp()
    const whole = await get(app, 'gzip')
    const etag = whole.response.headers.get('etag') ?? ''
    const head = await app.request('HEAD', '/x', { 'accept-encoding': 'br, gzip' })
    assert.equal(head.headers.get('content-encoding'), 'gzip')
    assert.equal(head.headers.get('content-length'), String(whole.body.length))
    assert.equal((await get(app, 'deflate, gzip', { 'if-none-match': etag })).response.status, 304)
    assert.equal((await get(app, 'identity', { 'if-none-match': etag })).response.status, 200)
    const part = await get(app, 'gzip, br', { range: 'bytes=0-1' })
    assert.equal(part.response.status, 206)
    assert.deepEqual([...part.body], [0x1f, 0x8b])
    const plain = await get(app, undefined, { range: 'bytes=0-1', 'if-range': etag })
    assert.equal(plain.response.status, 200, 'the tag of another coding')
  })

  it('an unsafe request invalidates all codings', async () => {
    const app = compressedApp()
    app.app.post('/x', app.cached(), (c) => c.text('ok'))
    await get(app, 'gzip')
    await get(app)
    await app.request('POST', '/x')
    assert.equal((await get(app, 'gzip')).isHit, false)
    assert.equal((await get(app)).isHit, false)
  })
})

describe('the choice among codings', () => {
  it('the coding with the highest weight is served', async () => {
    const app = codedApp(['br', 'gzip'])
    for (const accepted of ['br', 'gzip', 'identity']) await get(app, accepted)
    const expected: [string, string][] = [
      ['br;q=0.5, gzip', 'gzip'],
      ['br, gzip;q=0.5', 'br'],
      ['identity, br;q=0.5', 'identity'],
      ['identity;q=0.5, br;q=0.4', 'identity'],
      ['*;q=0.3, gzip;q=0.2, identity;q=0.1', 'br'],
      ['x-gzip', 'gzip'],
      ['deflate', 'identity'],
    ]
    for (const [accepted, coding] of expected) {
      assert.equal((await get(app, accepted)).text, coding, accepted)
    }
    assert.equal(app.requests.length, 3)
  })

  it('among equal weights, the coding that the handler prefers is served', async () => {
    for (const codings of [
      ['br', 'gzip'],
      ['gzip', 'br'],
    ]) {
      const app = codedApp(codings)
      await get(app, 'gzip')
      assert.equal((await get(app, 'gzip, br')).coding, 'gzip', 'the only one so far')
      await get(app, 'br')
      app.clock.ms += 61_000
      await get(app, 'gzip, br')
      assert.equal((await get(app, 'gzip, br')).coding, codings[0])
      assert.equal((await get(app, 'br, gzip')).coding, codings[0])
    }
  })

  it('a response in several codings is for clients that accept all of them', async () => {
    const app = codedApp([])
    app.app.get('/two', app.cached(), (c) =>
      coded(c, lists(c.req.header('accept-encoding'), 'br') ? 'gzip, br' : 'identity', 'max-age=60'),
    )
    const two = (accepted: string) => get(app, accepted, {}, '/two')
    assert.equal((await two('gzip, br')).coding, 'gzip, br')
    assert.equal((await two('BR, deflate, gzip')).isHit, true)
    for (const accepted of ['gzip', 'deflate', 'br;q=0, gzip', 'gzip;q=0, *']) {
      assert.equal((await two(accepted)).coding, null, accepted)
    }
  })

  it('a coding that is not registered is for clients that list it', async () => {
    const app = codedApp(['x-own', 'gzip'])
    assert.equal((await get(app, 'x-own')).coding, 'x-own')
    assert.equal((await get(app, 'gzip, x-own')).isHit, true)
    assert.equal((await get(app, 'gzip')).coding, 'gzip')
    assert.equal((await get(app)).coding, null)
    assert.equal((await get(app, 'x-own')).coding, 'x-own')
  })

  it('a coding that the request does not list answers only requests with the same header', async () => {
    const app = codedApp([])
    app.app.get('/wrong', app.cached(), (c) => coded(c, 'utf-8', 'max-age=60'))
    const wrong = (accepted?: string) => get(app, accepted, {}, '/wrong')
    for (const accepted of ['gzip, br', undefined, '', 'identity']) {
      assert.equal((await wrong(accepted)).isHit, false, String(accepted))
      assert.equal((await wrong(accepted)).isHit, true, String(accepted))
    }
    for (let i = 0; i < 40; i++) await wrong(`gzip, x-${i}`)
    await app.settled()
    assert.ok(app.cache.stats().entries <= 4)
  })
})
