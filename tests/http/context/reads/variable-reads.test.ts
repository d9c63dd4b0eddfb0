import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Hono } from 'hono'
import { readVariable, watchVariables } from '../../../../src/http/context/reads/variable-reads.ts'

interface Variables {
  a: number
  b: number
  c?: number
}

/** Calls `use` in a handler whose context has the variables `a` and `b`. Returns the reports. */
async function reportsOf(use: (c: Context<{ Variables: Variables }>) => void): Promise<string[]> {
  const reports: string[] = []
  const app = new Hono<{ Variables: Variables }>()
  app.get('/', (c) => {
    c.set('a', 1)
    c.set('b', 2)
    watchVariables(c, {
      onRead: (name, isSet) => reports.push(`read ${name} ${isSet}`),
      onSet: (name) => reports.push(`set ${name}`),
    })
    use(c)
    return c.text('')
  })
  assert.equal((await app.request('/')).status, 200)
  return reports
}

describe('watchVariables()', () => {
  it('reports reads by c.get() and c.var, missing variables included', async () => {
    const reports = await reportsOf((c) => {
      assert.deepEqual([c.get('a'), c.var.b, c.get('c'), c.var.c], [1, 2, undefined, undefined])
    })
    assert.deepEqual(reports, ['read a true', 'read b true', 'read c false', 'read c false'])
  })

  it('reports all variables when they are listed', async () => {
    const reports = await reportsOf((c) => assert.deepEqual({ ...c.var }, { a: 1, b: 2 }))
    assert.deepEqual(reports, ['read a true', 'read b true'])
  })

  it('reports writes', async () => {
    const reports = await reportsOf((c) => {
      c.set('c', 3)
      assert.equal(c.get('c'), 3)
    })
    assert.deepEqual(reports, ['set c', 'read c true'])
  })

  it('nested watches each report', async () => {
    const inner: string[] = []
    const reports = await reportsOf((c) => {
      watchVariables(c, { onRead: (name) => inner.push(name), onSet() {} })
      assert.deepEqual([c.get('a'), c.var.b], [1, 2])
    })
    assert.deepEqual(inner, ['a', 'b'])
    assert.deepEqual(reports, ['read a true', 'read b true'])
  })
})

describe('readVariable()', () => {
  it('reads without a report', async () => {
    const reports = await reportsOf((c) => {
      watchVariables(c, { onRead: () => assert.fail(), onSet() {} })
      assert.equal(readVariable(c, 'a'), 1)
    })
    assert.deepEqual(reports, [])
  })
})
