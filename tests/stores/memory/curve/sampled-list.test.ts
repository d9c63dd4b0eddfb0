import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SampledList } from '../../../../src/stores/memory/curve/sampled-list.ts'
import { seededRandom } from '../../../support/seeded-random.ts'

/** A list of the names `a`, `b` and so on, `a` the oldest, each of size 1. */
function listOf(names: string, room: number): SampledList {
  const list = new SampledList(room)
  for (const name of names) list.add(name, 0, 1, Infinity)
  return list
}

/** The segment of each name, `-` if the list does not have it. */
function segments(list: SampledList, names: string): string {
  return [...names].map((name) => list.find(name)?.segment ?? '-').join('')
}

function use(list: SampledList, name: string, size = 1): void {
  const sample = list.find(name)
  assert.ok(sample)
  list.use(sample, size)
}

describe('SampledList', () => {
  it('the segments end at 0.5, 1, 2 and 4 rooms, and older samples leave the list', () => {
    const list = listOf('abcdefghij', 2)
    assert.equal(segments(list, 'abcdefghij'), '--33332210')
    assert.equal(list.length, 8)
  })

  it('a sample that is used becomes the newest one', () => {
    const list = listOf('abcdefgh', 2)
    use(list, 'b')
    assert.equal(segments(list, 'abcdefgh'), '30333221')
    use(list, 'b')
    assert.equal(segments(list, 'abcdefgh'), '30333221')
    use(list, 'h')
    assert.equal(segments(list, 'abcdefgh'), '31333220')
  })

  it('sizes add up, and a sample belongs to the segment in which it begins', () => {
    const list = listOf('abc', 10)
    use(list, 'a', 4)
    use(list, 'b', 4) // b 0-4, a 4-8, c 8-9
    assert.equal(segments(list, 'abc'), '001')
    use(list, 'b', 40) // a and c begin at its end
    assert.equal(segments(list, 'abc'), '-0-')
  })

  it('a removed sample leaves space, which newer samples fill', () => {
    const list = listOf('abcd', 2)
    const newest = list.find('d')
    assert.ok(newest)
    list.remove(newest)
    assert.equal(segments(list, 'abcd'), '221-')
    list.add('e', 0, 1, Infinity)
    assert.equal(segments(list, 'abcde'), '221-0')
    list.add('f', 0, 1, Infinity)
    assert.equal(segments(list, 'abcdef'), '322-10')
  })

  it('a renamed sample keeps its place', () => {
    const list = listOf('ab', 2)
    const sample = list.find('a')
    assert.ok(sample)
    list.rename(sample, 7)
    assert.equal(list.find('a'), undefined)
    assert.equal(list.find(7)?.segment, 1)
  })

  it('a list of another size has the samples that are kept, in their order', () => {
    const list = listOf('abcdefgh', 2)
    list.resize(1, ({ name }) => 'aceg'.includes(String(name)))
    assert.equal(segments(list, 'abcdefgh'), '3-3-2-0-')
    list.clear()
    assert.equal(list.length, 0)
  })

  it('the segments are those of LRU caches, whatever the order of requests', () => {
    const random = seededRandom(3)
    const list = new SampledList(20)
    let order: number[] = []
    for (let i = 0; i < 20_000; i++) {
      const name = Math.floor(100 * random() ** 2)
      const position = order.indexOf(name)
      const sample = list.find(name)
      assert.equal(
        sample?.segment,
        position < 0 ? undefined : [10, 20, 40, 80].findIndex((end) => position < end),
      )
      if (sample === undefined) list.add(name, 0, 1, Infinity)
      else list.use(sample, 1)
      order = [name, ...order.filter((other) => other !== name)].slice(0, 80)
    }
  })
})
