import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryTier } from '../../../src/cache/tiers/memory-tier.ts'
import { storedEntry } from '../../../src/cache/values/stored-entry.ts'
import type { Entry } from '../../../src/stores/entry.ts'
import { testCore } from '../../support/shared-tier/test-core.ts'

/** A memory tier with responses whose key follows a tag per letter. `derivations` are the keys whose tags were computed. */
function setUp() {
  const { core, clock } = testCore()
  const derivations: string[] = []
  core.keys.http.deriveTags((key) => {
    derivations.push(key)
    return [...key.slice('http://'.length)].map((letter) => `\n${letter}`)
  })
  const memory = new MemoryTier(core, undefined)
  const now = clock.now()
  const plain: Entry = {
    value: 'v',
    madeAt: now,
    freshUntil: now + 1000,
    revalidateUntil: now + 1000,
    errorUntil: now + 1000,
    keptUntil: now + 60_000,
    mustRevalidate: false,
    tags: ['own'],
    derivesTags: true,
    negative: false,
    bytes: 10,
    sequence: 0,
  }
  const entry = (changes: Partial<Entry> = {}) => storedEntry({ ...plain, ...changes }, core.terms)
  return { core, memory, entry, derivations, tags: memory.tags }
}

describe('tags that follow from the key', () => {
  it('an entry with an invalidated tag of its key is not found, and others are', () => {
    const { memory, entry } = setUp()
    for (const key of ['http://ab', 'http://bc', 'http://cd']) memory.store(key, entry())
    memory.store('http://b', entry({ derivesTags: false }))
    memory.invalidate({ tag: '\nb' })
    const found = ['http://ab', 'http://bc', 'http://cd', 'http://b'].map(
      (key) => memory.find(key) !== undefined,
    )
    assert.deepEqual(found, [false, false, true, true])
    assert.equal(memory.stored('http://ab'), undefined)
  })

  it('an entry is stale from the time at which a tag of its key was made stale', () => {
    const { core, memory, entry } = setUp()
    memory.store('http://ab', entry())
    memory.store('http://cd', entry())
    memory.expire({ expiredTag: '\nb' })
    assert.equal(memory.find('http://ab')?.freshUntil, core.now())
    assert.equal(memory.peek('http://ab')?.freshUntil, core.now())
    assert.equal(memory.find('http://cd')?.freshUntil, core.now() + 1000)
  })

  it('the value of a load is invalid, or stale, if a tag of its key was marked during the load', () => {
    const { core, memory, entry, tags } = setUp()
    const { sequence } = core.log
    memory.invalidate({ tag: '\na' })
    assert.equal(tags.areInvalidated('http://ab', { derivesTags: true }, sequence), true)
    assert.equal(tags.areInvalidated('http://ab', {}, sequence), false)
    assert.equal(tags.areInvalidated('http://b', { derivesTags: true }, sequence), false)
    assert.equal(tags.areInvalidated('http://ab', { derivesTags: true }, core.log.sequence), false)
    memory.expire({ expiredTag: '\na' })
    assert.equal(memory.inItsState(['http://ab'], entry({ sequence })).freshUntil, core.now())
    assert.equal(memory.inItsState(['http://b'], entry({ sequence })).freshUntil, core.now() + 1000)
  })

  it('other invalidations compute no tags, and one of such a tag does once per entry', () => {
    const { memory, entry, derivations } = setUp()
    memory.store('http://ab', entry())
    memory.invalidate({ tag: 'another' })
    memory.invalidate({ key: 'another' })
    memory.expire({ expiredTag: 'another' })
    assert.notEqual(memory.find('http://ab'), undefined)
    assert.deepEqual(derivations, [])
    memory.invalidate({ tag: '\nz' })
    for (let i = 0; i < 3; i++) assert.notEqual(memory.find('http://ab'), undefined)
    const [first, ...more] = derivations
    assert.deepEqual([first, more.length <= 1], ['http://ab', true])
    memory.invalidate({ tag: 'own' })
    assert.equal(memory.find('http://ab'), undefined)
  })

  it('any number of marks leaves no invalid entry', () => {
    const { memory, entry } = setUp()
    memory.store('http://ab', entry())
    memory.invalidate({ tag: '\nb' })
    for (let i = 0; i < 200_000; i++) memory.invalidate({ tag: `\n${i}` })
    assert.equal(memory.find('http://ab'), undefined)
  })

  it('a remote tier gets all tags, and memory takes those that do not follow from the key', () => {
    const { entry, tags } = setUp()
    const made = entry()
    const full = tags.withAll('http://ab', made)
    assert.deepEqual([full.tags, full.derivesTags, full.value], [['own', '\na', '\nb'], false, 'v'])
    assert.equal(tags.withAll('http://ab', full), full)
    assert.deepEqual(tags.ownOnly('http://ab', full.tags), { tags: ['own'], derivesTags: true })
    assert.deepEqual(tags.ownOnly('http://abc', full.tags), { tags: full.tags, derivesTags: false })
    assert.deepEqual(tags.ownOnly('data', full.tags), { tags: full.tags, derivesTags: false })
    assert.deepEqual(tags.all('http://ab', { tags: ['own'] }), ['own'])
  })
})
