import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Deletion } from '../../../src/cache/invalidation/deletion.ts'
import { createKeySpaces } from '../../../src/cache/key-spaces.ts'

const COUNT = 5000
const keys = Array.from({ length: COUNT }, (_, i) => (i % 3 === 0 ? `http://host/${i}` : `users:${i}`))

function* stepsOf(deletion: Deletion): Generator<readonly string[]> {
  for (let step = deletion.takeStep(); step !== undefined; step = deletion.takeStep()) yield step
}

for (const namespace of ['', 'shop:']) {
  describe(`a deletion of many keys with the prefix ${JSON.stringify(namespace)}`, () => {
    const { data, http } = createKeySpaces('test', namespace)

    it('covers each key, and no other, before and while its keys are listed', () => {
      const deletion = new Deletion(keys, data, 1)
      do {
        for (const i of [0, 1, 2, COUNT / 2, COUNT - 1]) {
          const key = keys[i] ?? ''
          assert.equal(deletion.covers(data.storeKeyOf(key)), true, key)
          assert.equal(deletion.covers(http.storeKeyOf(key)), false, `the response of ${key}`)
          assert.equal(deletion.covers(data.storeKeyOf(`${key} other`)), false)
        }
      } while (deletion.list())
    })

    it('takes each key once in short steps, and covers it until then', () => {
      const deletion = new Deletion([...keys, ...keys], data, 1)
      while (deletion.list());
      const taken: string[] = []
      for (const step of stepsOf(deletion)) {
        assert.ok(step.length <= 128)
        for (const storeKey of step) assert.equal(deletion.covers(storeKey), false)
        taken.push(...step)
      }
      assert.deepEqual(taken.sort(), keys.map(data.storeKeyOf).sort())
    })
  })
}

describe('a deletion of many keys', () => {
  const { data } = createKeySpaces('test', '')

  it('keeps the keys of the call, whatever becomes of the array', () => {
    const given = [...keys]
    const deletion = new Deletion(given, data, 1)
    given.fill('changed')
    assert.equal(deletion.covers('users:1'), true)
    while (deletion.list());
    assert.equal([...stepsOf(deletion)].flat().includes('changed'), false)
  })

  it('throws for a key that is not valid, wherever it is', () => {
    for (const key of ['', 'x'.repeat(9000), 1 as never]) {
      assert.throws(() => new Deletion([...keys, key], data, 1), TypeError)
    }
  })

  it('tells which entries were removed, and which keys were sent, before their step', async () => {
    const deletion = new Deletion(keys, data, 1)
    assert.deepEqual([deletion.wasRemoved('users:1'), deletion.sent('users:1')], [false, undefined])
    deletion.noteRemoved('users:1')
    deletion.noteSent('users:1', Promise.resolve(false))
    assert.deepEqual([deletion.wasRemoved('users:1'), await deletion.sent('users:1')], [true, false])
  })
})
