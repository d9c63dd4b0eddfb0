import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRegistry, merge } from '../../../src/metrics/index.ts'
import { collectFrom, snapshotSources } from '../../../src/metrics/merging/snapshot-source.ts'
import { scalar, snapshotOf } from '../exposition/snapshots.ts'

const one = snapshotOf(scalar('counter', { name: 'a_total' }, { value: 1 }))
const other = snapshotOf(scalar('counter', { name: 'a_total' }, { value: 2 }))

describe('collectFrom', () => {
  it('collectFrom returns the snapshot of one source as it is', async () => {
    assert.equal(await collectFrom({ collect: () => one }), one)
  })

  it('collectFrom merges several sources, some of which take a while', async () => {
    const sources = [{ collect: () => one }, { collect: () => Promise.resolve(other) }]
    assert.deepEqual(await collectFrom(sources), merge([one, other]))
  })

  it('collectFrom rejects with the error of a source', async () => {
    const failing = {
      collect() {
        throw new Error('gone')
      },
    }
    await assert.rejects(collectFrom([{ collect: () => one }, failing]), new Error('gone'))
  })
})

it('a list of sources must not be empty, and must not have the same source twice', () => {
  const registry = createRegistry()
  assert.ok(snapshotSources.isValid(registry))
  assert.ok(snapshotSources.isValid([registry, createRegistry(), { collect: () => one }]))
  for (const invalid of [[], [registry, registry], [registry, {}], {}, undefined, null, 'registry']) {
    assert.ok(!snapshotSources.isValid(invalid))
  }
})
