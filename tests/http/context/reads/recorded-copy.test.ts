import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { recordedCopy } from '../../../../src/http/context/reads/recorded-copy.ts'

describe('recordedCopy()', () => {
  function recorded() {
    const reads: string[] = []
    const copy: Record<string, string> = recordedCopy(
      { a: '1', b: '2' },
      (name) => reads.push(name),
      () => reads.push('list'),
    )
    return { copy, reads }
  }

  it('reports single reads, missing properties included', () => {
    const { copy, reads } = recorded()
    assert.deepEqual([copy.a, copy.c, 'd' in copy, Object.hasOwn(copy, 'e')], ['1', undefined, false, false])
    assert.deepEqual(reads, ['a', 'c', 'd', 'e'])
  })

  it('reports no reads of the language itself', async () => {
    const { copy, reads } = recorded()
    assert.equal(await Promise.resolve(copy), copy)
    assert.equal(JSON.stringify(copy), '{"a":"1","b":"2"}')
    assert.deepEqual(reads, ['list'])
  })

  it('reports that the names were listed, and no single reads after that', () => {
    const { copy, reads } = recorded()
    assert.deepEqual({ ...copy }, { a: '1', b: '2' })
    assert.equal(copy.a, '1')
    assert.deepEqual(reads, ['list'])
  })
})
