import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from 'hono'
import { executionContext, waitUntil } from '../../../src/http/context/execution-context.ts'

const request = new Request('http://localhost/')

describe('executionContext', () => {
  it('a runtime without an execution context has none, and waitUntil does nothing', () => {
    const c = new Context(request)
    assert.equal(executionContext(c), undefined)
    assert.doesNotThrow(() => waitUntil(c, Promise.resolve()))
  })

  it('waitUntil passes the work to the execution context', () => {
    const works: unknown[] = []
    const executionCtx = {
      waitUntil: (work: unknown) => void works.push(work),
      passThroughOnException() {},
      props: {},
    }
    const c = new Context(request, {
      executionCtx,
      env: {},
      path: '/',
      notFoundHandler: () => new Response(),
    })
    assert.equal(executionContext(c), executionCtx)
    const work = Promise.resolve()
    waitUntil(c, work)
    assert.deepEqual(works, [work])
  })
})
