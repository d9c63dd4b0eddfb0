import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hitCrossOrigin } from '../../../src/service/access/hit-cross-origin.ts'

const A = 'https://a.example'

describe('hitCrossOrigin', () => {
  it('has the headers for the origin of the request, in the order of their names', () => {
    const { reads, sets, values } = hitCrossOrigin([A])
    assert.deepEqual([...reads], ['origin'])
    assert.deepEqual([...sets], ['access-control-allow-origin', 'access-control-expose-headers', 'vary'])
    const [origin, exposed, vary] = values([A], 200) as string[]
    assert.deepEqual([origin, vary], [A, 'Origin'])
    assert.match(exposed ?? '', /^ETag, /)
    for (const other of ['https://b.example', 'null', `${A}, ${A}`, undefined])
      assert.deepEqual(values([other], 200), [undefined, undefined, 'Origin'])
    assert.deepEqual(values([], 200), [undefined, undefined, 'Origin'])
  })

  it('has the same headers for every request where all origins are allowed', () => {
    const { values } = hitCrossOrigin('*')
    assert.deepEqual(values([A], 200), values([], 404))
    assert.deepEqual((values([], 200) as string[])[0], '*')
  })
})
