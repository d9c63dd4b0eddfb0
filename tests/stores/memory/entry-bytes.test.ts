import assert from 'node:assert/strict'
import { it } from 'node:test'
import { entryOf } from '../../../src/cache/lifetime.ts'
import { heapModelOf } from '../../../src/heap/heap-model.ts'
import { entryBytes } from '../../../src/stores/memory/entry-bytes.ts'

const v8 = heapModelOf('v8')

function made(options: Parameters<typeof entryOf>[1] = {}, context: Parameters<typeof entryOf>[4] = {}) {
  const entry = entryOf('v', { bytes: 0, ...options }, 0, 0, context)
  assert.ok(entry)
  return entry
}

it('an entry takes its fields, its key and its value', () => {
  assert.equal(entryBytes(v8, '', made()), 128)
  assert.equal(entryBytes(v8, 'k'.repeat(100), made()), 128 + 120)
  assert.equal(entryBytes(v8, '☃'.repeat(100), made()), 128 + 216)
  assert.equal(entryBytes(v8, '', made({ bytes: 1000 })), 1128)
  assert.equal(entryBytes(heapModelOf('jsc'), '', made()), 88)
})

it('an entry takes its id in the remote tier', () => {
  assert.equal(entryBytes(v8, '', made({}, { remoteId: 'x'.repeat(10) })), 128 + 48 + 16 + 32)
})

it('an entry takes the tags that no other entry has', () => {
  const tag = 64 + Math.ceil(v8.mapTable(1024) / 700)
  const list = 40 + 64
  const entry = made({ tags: ['abc', 'def'] })
  const sizeWith = (ownNames: string[] | undefined) => {
    entry.heldTags = {
      names: entry.tags,
      ownNames,
      isInvalidatedAfter: () => false,
      staleSince: () => undefined,
    }
    return entryBytes(v8, '', entry)
  }
  assert.equal(entryBytes(v8, '', entry), 128 + list + 2 * (tag + 24))
  assert.equal(sizeWith(['abc']), 128 + list + tag + 24)
  assert.equal(sizeWith([]), 128 + list)
  assert.equal(sizeWith(undefined), 128)
  assert.equal(entryBytes(v8, '', made({ tags: ['abc'] })), 128 + tag + 24)
})
