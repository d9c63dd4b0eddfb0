import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDraining } from '../../../src/process/serving/draining.ts'

const request = new Request('http://localhost/')

describe('createDraining', () => {
  it('passes responses on unchanged until begin()', async () => {
    const response = new Response('x')
    const { fetch } = createDraining(() => response)
    assert.equal(fetch(request), response)
  })

  it('adds Connection: close after begin(), also to requests in progress, and keeps status, headers and body', async () => {
    const pending = Promise.withResolvers<Response>()
    const responses: (Response | Promise<Response>)[] = [pending.promise, new Response('sync')]
    const draining = createDraining(() => responses.shift() ?? assert.fail())
    const early = draining.fetch(request)
    draining.begin()
    draining.release()
    pending.resolve(new Response('late', { status: 201, headers: { etag: '"x"' } }))
    const closed = await early
    assert.deepEqual(
      [closed.status, closed.headers.get('connection'), closed.headers.get('etag'), await closed.text()],
      [201, 'close', '"x"', 'late'],
    )
    assert.equal((await draining.fetch(request)).headers.get('connection'), 'close')
  })

  it('holds every response between begin() and release(), but calls the handlers', async () => {
    let calls = 0
    const draining = createDraining(() => {
      calls++
      return calls === 1 ? Promise.resolve(new Response()) : new Response()
    })
    let returned = 0
    const early = draining.fetch(request)
    draining.begin()
    const responses = [early, draining.fetch(request)].map(async (response) => {
      await response
      returned++
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([calls, returned], [2, 0])
    draining.release()
    await Promise.all(responses)
    assert.equal(returned, 2)
  })

  it('counts the requests since begin()', async () => {
    const draining = createDraining(() => new Response())
    await draining.fetch(request)
    draining.begin()
    draining.release()
    for (let i = 0; i < 3; i++) await draining.fetch(request)
    assert.equal(draining.received, 3)
  })

  it('is idle once every pending response has settled, also by an error', async () => {
    const first = Promise.withResolvers<Response>()
    const second = Promise.withResolvers<Response>()
    const pending = [first.promise, second.promise]
    const draining = createDraining(() => pending.shift() ?? assert.fail())
    await draining.whenIdle()

    const responses = [draining.fetch(request), draining.fetch(request)]
    let isIdle = false
    const idle = draining.whenIdle().then(() => {
      isIdle = true
    })
    first.resolve(new Response())
    await responses[0]
    await Promise.resolve()
    assert.equal(isIdle, false)
    second.reject(new Error('handler failed'))
    await assert.rejects(async () => responses[1], /handler failed/)
    await idle
  })
})
