import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HeadParts, SharedHeads } from '../../../../src/http/stored/heads/shared-heads.ts'

const parts: HeadParts = {
  status: 200,
  headers: { 'content-type': 'text/plain', etag: '"a"', date: 'Sun, 22 Nov 2026 12:00:00 GMT' },
  internal: { 'cache-tag': 'a', 'hitrate-added-to': 'vary,link' },
  cookies: ['a=1'],
  selecting: { accept: 'text/html', cookie: undefined },
  hasGeneratedEtag: false,
}

describe('the heads that stored responses share', () => {
  it('a head has the parts without the values that differ from response to response', () => {
    const { head: shared, date, users } = new SharedHeads().of(parts)
    const { bytes, users: dates, ...head } = shared
    assert.deepEqual([date, users, dates], [parts.headers.date, 1, 1])
    assert.deepEqual(head, {
      ...parts,
      headers: { 'content-type': 'text/plain', etag: '', date: '' },
      internal: { 'cache-tag': '', 'hitrate-added-to': 'vary,link' },
      appendedHeaders: ['vary', 'link'],
    })
    assert.equal(bytes > 0, true)
  })

  it('responses that differ in such values only share one head', () => {
    const heads = new SharedHeads()
    const head = heads.of(parts)
    const other = {
      ...parts,
      headers: { ...parts.headers, etag: '"b"' },
      internal: { ...parts.internal, 'cache-tag': 'b' },
    }
    assert.equal(heads.of(other), head)
    assert.equal(head.users, 2)
  })

  it('responses that differ in anything else have different heads, also in turns', () => {
    const heads = new SharedHeads()
    const different: Partial<HeadParts>[] = [
      {},
      { status: 404 },
      { headers: { ...parts.headers, 'content-type': 'text/html' } },
      { headers: { 'content-type': 'text/plain', etag: '"a"' } },
      { headers: { ...parts.headers, 'x-more': '' } },
      { internal: {} },
      { internal: { ...parts.internal, 'hitrate-added-to': 'vary' } },
      { cookies: [] },
      { cookies: ['a=2'] },
      { cookies: ['a=1', 'b=1'] },
      { selecting: undefined },
      { selecting: { accept: 'text/html' } },
      { selecting: { accept: 'text/html', cookie: 'x' } },
      { selecting: { accept: 'text/html', other: undefined } },
      { hasGeneratedEtag: true },
    ]
    const first = different.map((change) => heads.of({ ...parts, ...change }))
    assert.equal(new Set(first.map(({ head }) => head)).size, different.length)
    const again = different.map((change) => heads.of({ ...parts, ...change }))
    for (const [i, dated] of again.entries()) assert.equal(dated.head, first[i]?.head)
  })

  it('the table is bounded: of endlessly many heads, the oldest are dropped, and large ones are not shared', () => {
    const heads = new SharedHeads()
    const first = heads.of(parts)
    for (let i = 0; i < 5000; i++) heads.of({ ...parts, cookies: [`a=${i + 2}`] })
    assert.notEqual(heads.of(parts), first)
    const large = { ...parts, cookies: ['x'.repeat(100_000)] }
    const one = heads.of(large)
    heads.of(parts)
    assert.notEqual(heads.of(large), one)
  })

  it('the responses of one second share the text of their date', () => {
    const heads = new SharedHeads()
    const at = (ms: number) => heads.dateAt(Date.UTC(2026, 10, 22, 12) + ms)
    assert.deepEqual(
      [at(0), at(999), at(1000), at(0)],
      [
        'Sun, 22 Nov 2026 12:00:00 GMT',
        'Sun, 22 Nov 2026 12:00:00 GMT',
        'Sun, 22 Nov 2026 12:00:01 GMT',
        'Sun, 22 Nov 2026 12:00:00 GMT',
      ],
    )
  })
})
