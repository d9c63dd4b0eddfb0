import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { JournalReader, JournalWriter } from '../../../src/metrics/memory/journal.ts'
import { createSharedMemory, SharedMemory } from '../../../src/metrics/memory/shared-memory.ts'
import { stopAfter } from '../../support/cell-interleavings.ts'

function begin(maxBytes = 2 ** 24) {
  const memory = createSharedMemory(maxBytes)
  const { arena } = memory.reserve()
  // A SharedMemory of its own, as in another thread.
  return { memory, arena, reader: new JournalReader(new SharedMemory(memory.buffer), arena) }
}

describe('a journal', () => {
  it('each reader gets each record once, in order', () => {
    const { memory, arena, reader } = begin()
    assert.deepEqual([...reader.readNew()], [])
    const writer = new JournalWriter(memory, arena)
    assert.deepEqual([...reader.readNew()], [])
    writer.append({ a: 1 })
    writer.append(['b'])
    assert.deepEqual([...reader.readNew()], [{ a: 1 }, ['b']])
    assert.deepEqual([...reader.readNew()], [])
    writer.append('c')
    assert.deepEqual([...reader.readNew()], ['c'])
    assert.deepEqual([...new JournalReader(memory, arena).readNew()], [{ a: 1 }, ['b'], 'c'])
  })

  it('a journal holds any records, also larger than a chunk, from successive writers', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('', '\ufeff', '__proto__', '\ud83d\ude00', '\0'),
      fc.nat(3000).map((n) => 'é'.repeat(n)),
    )
    const record = fc.oneof(
      text,
      fc.array(text, { maxLength: 4 }),
      fc.record({ at: fc.nat(), labels: fc.array(text) }),
    )
    const action = fc.oneof(
      { weight: 8, arbitrary: fc.record({ append: record }) },
      fc.constant('read' as const),
      fc.constant('new writer' as const),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const { memory, arena, reader } = begin()
        let writer = new JournalWriter(memory, arena)
        const written: unknown[] = []
        const received: unknown[] = []
        for (const one of actions) {
          if (one === 'read') received.push(...reader.readNew())
          else if (one === 'new writer') writer = new JournalWriter(memory, arena)
          else {
            writer.append(one.append)
            written.push(JSON.parse(JSON.stringify(one.append)))
          }
        }
        received.push(...reader.readNew())
        assert.deepEqual(received, written)
      }),
      { numRuns: 50 },
    )
  })

  it('a journal of thousands of chunks is read to its end', () => {
    const { memory, arena, reader } = begin()
    const writer = new JournalWriter(memory, arena)
    for (let i = 0; i < 20_000; i++) writer.append({ of: 1, labels: [`route ${i}`], created: 1.5, at: i })
    const records = [...reader.readNew()] as { at: number }[]
    assert.equal(records.length, 20_000)
    assert.ok(records.every(({ at }, i) => at === i))
  })

  it('a journal omits the record of a writer that stopped midway, and the next writer continues', () => {
    for (const text of ['short', 'long '.repeat(2000)]) {
      for (let filled = 0; filled < 3; filled++) {
        for (let survived = 0; ; survived++) {
          const { memory, arena, reader } = begin()
          const writer = new JournalWriter(memory, arena)
          const before = Array.from({ length: filled }, (_, i) => `${i} `.repeat(900))
          for (const one of before) writer.append(one)
          let isDone = false
          stopAfter(survived, () => {
            writer.append(text)
            isDone = true
          })
          const after = [...new JournalReader(memory, arena).readNew()]
          assert.ok(after.length === filled || (after.length === filled + 1 && after.at(-1) === text))
          new JournalWriter(memory, arena).append('next')
          assert.deepEqual([...reader.readNew()], [...after, 'next'])
          if (isDone) break
        }
      }
    }
  })

  it('append throws when there is no room, and changes nothing', () => {
    const { memory, arena, reader } = begin(98688)
    const writer = new JournalWriter(memory, arena)
    writer.append('first')
    assert.throws(() => writer.append('x'.repeat(100_000)), {
      name: 'RangeError',
      message: 'The shared memory for metrics is full: 98688 bytes (option maxBytes of share)',
    })
    writer.append('second')
    assert.deepEqual([...reader.readNew()], ['first', 'second'])
  })
})
