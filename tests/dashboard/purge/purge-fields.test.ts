import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { purgeBody } from '../../../src/dashboard/purge/purge-fields.ts'

function bodyOf(fields: Record<string, string>): unknown {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return JSON.parse(purgeBody(form))
}

describe('purgeBody', () => {
  it('has an item for each line that is not empty', () => {
    assert.deepEqual(bodyOf({ kind: 'urls', value: '/a\r\n\r\n /b \n' }), { urls: ['/a', '/b'] })
    assert.deepEqual(bodyOf({ kind: 'tags', value: 'two words', soft: 'on' }), {
      tags: ['two words'],
      soft: true,
    })
    assert.deepEqual(bodyOf({ kind: 'prefixes', value: '/blog/' }), { prefixes: ['/blog/'] })
  })

  it('ignores the items if everything is purged', () => {
    assert.deepEqual(bodyOf({ kind: 'all', value: '/a', soft: 'on' }), { all: true, soft: true })
  })

  it('has nothing for an unknown kind, which the endpoint refuses', () => {
    assert.deepEqual(bodyOf({ kind: 'constructor', value: '/a' }), {})
    assert.deepEqual(bodyOf({}), {})
  })
})
