import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type Announcement,
  decodeAnnouncement,
  encodeAnnouncement,
} from '../../../src/cache/invalidation/bus-messages.ts'
import type { BusMessage } from '../../../src/cache/invalidation/invalidation.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'end', '*', 'k', '\ud800', '"', '\n'),
)
const messages: fc.Arbitrary<BusMessage[]> = fc.array(
  fc.oneof(
    text.map((key) => ({ key })),
    text.map((tag) => ({ tag })),
    text.map((expiredKey) => ({ expiredKey })),
    text.map((expiredTag) => ({ expiredTag })),
    fc.constantFrom('everything' as const, 'everything expired' as const),
  ),
)

describe('the text of an announcement', () => {
  it('a decoded announcement equals the encoded one, whatever its keys and tags', () => {
    fc.assert(
      fc.property(text, fc.nat(), messages, fc.boolean(), (publisher, number, sent, isLast) => {
        const announcement: Announcement = { publisher, number, messages: sent, isLast }
        assert.deepEqual(decodeAnnouncement(encodeAnnouncement(announcement)), announcement)
      }),
    )
  })

  it('the text is unchanged, because other versions of the package read it', () => {
    const sent: BusMessage[] = [
      { key: 'a' },
      { tag: 'b' },
      { expiredKey: 'c' },
      { expiredTag: 'd' },
      'everything',
      'everything expired',
    ]
    assert.equal(
      encodeAnnouncement({ publisher: 'p', number: 7, messages: sent, isLast: true }),
      '["p",7,"ka","tb","Kc","Td","*","E","end"]',
    )
  })

  it('a message of an unknown kind, as a later version may send, invalidates everything', () => {
    for (const unknown of ['"zkey"', '""', '7', 'null', '{"key":"k"}']) {
      assert.deepEqual(decodeAnnouncement(`["p",1,${unknown}]`)?.messages, ['everything'])
    }
  })

  it('a foreign text is no announcement', () => {
    for (const foreign of ['', 'hello', '{}', '[]', '["p"]', '["p","1"]', '[1,"p"]', 'null', '["p",1']) {
      assert.equal(decodeAnnouncement(foreign), undefined, foreign)
    }
  })
})
