import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entryItem, LEASE_CONTENT, valueContent } from '../../../../src/stores/memcached/items/entry-items.ts'

const reply = (value: Uint8Array<ArrayBuffer>) => ({ code: 'VA', flags: '', cas: 7, value }) as const

describe('the item of an entry', () => {
  it('an item is absent if the server has none', () => {
    assert.deepEqual(entryItem({ code: 'EN', flags: '', cas: 0 }), { kind: 'absent', cas: 0 })
  })

  it('an item of a lease is told from a value', () => {
    assert.deepEqual(entryItem(reply(LEASE_CONTENT)), { kind: 'lease', cas: 7 })
  })

  for (const tags of [[], ['red'], ['red', 'blue', '#|"']]) {
    for (const bytes of [Uint8Array.of(), Uint8Array.of(10, 0, 255, 10), new TextEncoder().encode('L')]) {
      it(`an item of a value holds its ${tags.length} tags and ${bytes.length} bytes`, () => {
        const content = valueContent({ leaseCas: 2 ** 50, id: 'a.0.l.1.5', tags, bytes })
        const expected = {
          kind: 'value',
          cas: 7,
          leaseCas: 2 ** 50,
          id: 'a.0.l.1.5',
          tags: tags.join(' '),
          bytes,
        }
        assert.deepEqual(entryItem(reply(content)), expected)
      })
    }
  }

  it('an item of another form is unknown', () => {
    for (const text of ['', 'V', 'V1 id', 'Lt1', 'text\n']) {
      assert.deepEqual(entryItem(reply(new TextEncoder().encode(text))), { kind: 'unknown', cas: 7 }, text)
    }
  })

  it('an item that the server refuses to return throws', () => {
    assert.throws(() => entryItem({ code: 'error', message: 'CLIENT_ERROR no' }), /CLIENT_ERROR no/)
  })
})
