import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BodyReaders } from '../../../src/http/stored/body-readers.ts'

describe('BodyReaders', () => {
  it('adds readers at position 0', () => {
    const readers = new BodyReaders()
    assert.deepEqual(readers.add(), { position: 0, isLeftBehind: false })
    assert.equal(readers.size, 1)
  })

  it('returns the position of the slowest reader, and the end without readers', () => {
    const readers = new BodyReaders()
    assert.equal(readers.slowestPosition(5), 5)
    const [fast, slow] = [readers.add(), readers.add()]
    fast.position = 4
    slow.position = 2
    assert.equal(readers.slowestPosition(5), 2)
    readers.remove(slow)
    assert.equal(readers.slowestPosition(5), 4)
  })

  it('leaves behind only the readers that have not read the given chunk', () => {
    const readers = new BodyReaders()
    const [fast, slow] = [readers.add(), readers.add()]
    fast.position = 3
    slow.position = 2
    readers.leaveBehind(2)
    assert.deepEqual([fast.isLeftBehind, slow.isLeftBehind, readers.size], [false, true, 1])
  })
})
