import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  headersOf206,
  headersOf416,
  ifRangeMatches,
  parseLength,
  parseRange,
  requestedRange,
  sliceBody,
} from '../../../src/http/fields/range.ts'

const NOW = Date.UTC(2026, 10, 22)
const modified = 'Sun, 22 Nov 2026 00:00:00 GMT'
const aSecondLater = 'Sun, 22 Nov 2026 00:00:01 GMT'

type Part = ReturnType<typeof parseRange>

describe('parseRange() of ten bytes (RFC 9110 §14.1.2)', () => {
  const complete = undefined
  const part = (first: number, last: number): Part => ({ first, last })
  const cases: [description: string, header: string, expected: Part][] = [
    ['the first three', 'bytes=0-2', part(0, 2)],
    ['one byte', 'bytes=0-0', part(0, 0)],
    ['the last byte', 'bytes=9-9', part(9, 9)],
    ['all of them', 'bytes=0-9', part(0, 9)],
    ['from one to the end', 'bytes=4-', part(4, 9)],
    ['the last three', 'bytes=-3', part(7, 9)],
    ['a last position beyond the end', 'bytes=8-99', part(8, 9)],
    ['more at the end than there is', 'bytes=-99', part(0, 9)],
    ['leading zeros', 'bytes=0002-003', part(2, 3)],
    ['a last position of 400 digits', `bytes=2-${'9'.repeat(400)}`, part(2, 9)],
    ['400 digits at the end', `bytes=-${'9'.repeat(400)}`, part(0, 9)],
    ['the unit in capitals (§14.1)', 'Bytes=0-2', part(0, 2)],
    ['white space around it', ' \tbytes=0-2\t ', part(0, 2)],
    ['white space around the member of a list', 'bytes= 0-2 ', part(0, 2)],
    ['empty members of a list (§5.6.1)', 'bytes=, ,0-2,\t,', part(0, 2)],

    ['a start beyond the end', 'bytes=10-', 'unsatisfiable'],
    ['a start and an end beyond the end', 'bytes=10-12', 'unsatisfiable'],
    ['none at the end', 'bytes=-0', 'unsatisfiable'],
    ['none at the end, in many digits', 'bytes=-000', 'unsatisfiable'],
    ['a start of 400 digits', `bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
    ['two positions beyond all doubles', `bytes=${'9'.repeat(400)}-${'9'.repeat(400)}`, 'unsatisfiable'],

    ['a last position before the first', 'bytes=5-4', complete],
    ['a last position before the first, beyond the end', 'bytes=15-14', complete],
    ['positions that are the same double', 'bytes=9007199254740993-9007199254740992', complete],
    ['positions with zeros before them', 'bytes=010-9', complete],
    ['two ranges', 'bytes=0-1,4-5', complete],
    ['two adjacent ranges', 'bytes=0-1, 2-3', complete],
    ['a range and an invalid member', 'bytes=0-1,x', complete],
    ['two headers', 'bytes=0-1, bytes=2-3', complete],
    ['another unit', 'items=0-1', complete],
    ['a unit that ends with bytes', 'kilobytes=0-1', complete],
    ['no unit', '0-1', complete],
    ['an empty header', '', complete],
    ['no range', 'bytes=', complete],
    ['only empty members', 'bytes=, ,', complete],
    ['a dash alone', 'bytes=-', complete],
    ['one number', 'bytes=1', complete],
    ['a sign', 'bytes=+1-2', complete],
    ['a negative end', 'bytes=1--2', complete],
    ['a fraction', 'bytes=1.0-2', complete],
    ['hexadecimal', 'bytes=0x1-2', complete],
    ['an exponent', 'bytes=1e0-2', complete],
    ['digits that are not ASCII', 'bytes=١-٢', complete],
    ['white space before the sign', 'bytes =0-1', complete],
    ['white space within', 'bytes=0 - 1', complete],
    ['a second line', 'bytes=0-1\nx', complete],
    ['a quoted range', 'bytes="0-1"', complete],
  ]
  for (const [description, header, expected] of cases) {
    it(`parses ${description}: ${header.length > 40 ? `${header.slice(0, 40)}...` : JSON.stringify(header)}`, () =>
      assert.deepEqual(parseRange(header, 10), expected))
  }

  it('returns undefined without the header', () => assert.equal(parseRange(undefined, 10), undefined))
})

describe('parseRange() of an empty body', () => {
  it('returns unsatisfiable for every first position', () => {
    assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable')
    assert.equal(parseRange('bytes=0-0', 0), 'unsatisfiable')
    assert.equal(parseRange('bytes=-0', 0), 'unsatisfiable')
  })

  it('returns undefined for a suffix range', () => assert.equal(parseRange('bytes=-5', 0), undefined))
})

describe('parseRange() of any range', () => {
  /** The text of the RFC, applied to each byte. */
  function naive(spec: string, length: number): Part {
    const [from = '', to = ''] = spec.split('-')
    const positions = Array.from({ length }, (_, position) => BigInt(position))
    if (from !== '' && to !== '' && BigInt(from) > BigInt(to)) return undefined
    const requested =
      from === ''
        ? positions.filter((position) => BigInt(length) - position <= BigInt(to))
        : positions.filter((position) => position >= BigInt(from) && (to === '' || position <= BigInt(to)))
    if (requested.length > 0) return { first: Number(requested[0]), last: Number(requested.at(-1)) }
    return from === '' && BigInt(to) > 0n ? undefined : 'unsatisfiable'
  }

  const position = fc.oneof(fc.nat(40).map(String), fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String))
  const spec = fc.oneof(
    fc.tuple(position, position).map(([from, to]) => `${from}-${to}`),
    position.map((from) => `${from}-`),
    position.map((count) => `-${count}`),
  )

  it('agrees with the naive implementation', () => {
    fc.assert(
      fc.property(spec, fc.nat(30), (range, length) => {
        assert.deepEqual(parseRange(`bytes=${range}`, length), naive(range, length))
      }),
    )
  })

  it('returns only ranges within the body', () => {
    const garbage = fc.string({ unit: fc.constantFrom(...'bytes=0123456789-, \t"x') })
    fc.assert(
      fc.property(
        fc.oneof(
          garbage,
          garbage.map((text) => `bytes=${text}`),
        ),
        fc.nat(30),
        (header, length) => {
          const part = parseRange(header, length)
          if (part === undefined || part === 'unsatisfiable') return
          assert.ok(part.first >= 0 && part.first <= part.last && part.last < length)
        },
      ),
    )
  })
})

describe('ifRangeMatches() (RFC 9110 §13.1.5)', () => {
  const stored = { etag: '"a"', lastModified: modified, date: aSecondLater }
  const matches = (ifRange: string | undefined, changes: Partial<typeof stored> | { etag: undefined } = {}) =>
    ifRangeMatches(ifRange, { ...stored, ...changes }, NOW)

  it('is true without the header', () => assert.equal(matches(undefined), true))

  it('is true for the same strong tag', () => {
    assert.equal(matches('"a"'), true)
    assert.equal(matches(' "a"\t'), true)
    assert.equal(matches('"b"'), false)
    assert.equal(matches('"A"'), false)
    assert.equal(matches('"a"', { etag: undefined }), false)
  })

  it('is false for a weak tag on either side', () => {
    assert.equal(matches('W/"a"'), false)
    assert.equal(matches('"a"', { etag: 'W/"a"' }), false)
    assert.equal(matches('W/"a"', { etag: 'W/"a"' }), false)
  })

  it('is false for a list and an asterisk', () => {
    assert.equal(matches('"a", "b"'), false)
    assert.equal(matches('*'), false)
    assert.equal(matches('*', { etag: '*' }), false)
  })

  it('is true for the date in Last-Modified, in any format', () => {
    assert.equal(matches(modified), true)
    assert.equal(matches('Sunday, 22-Nov-26 00:00:00 GMT'), true)
    assert.equal(matches('Sat, 21 Nov 2026 23:59:59 GMT'), false)
    assert.equal(matches(aSecondLater), false)
  })

  it('is false for a date less than a second before the response was sent (§8.8.2.2)', () => {
    assert.equal(matches(modified, { date: modified }), false)
    assert.equal(matches(modified, { date: 'Sat, 21 Nov 2026 00:00:00 GMT' }), false)
    assert.equal(ifRangeMatches(modified, { ...stored, date: undefined }, NOW), false)
    assert.equal(matches(modified, { date: 'today' }), false)
  })

  it('is false for an invalid validator', () => {
    for (const invalid of ['', 'a', '"a', 'a"', "'a'", '2026-11-22', '1', 'W/', '""a""'])
      assert.equal(matches(invalid), false, invalid)
    assert.equal(matches('a', { etag: 'a' }), false)
    assert.equal(ifRangeMatches('today', { ...stored, lastModified: 'today' }, NOW), false)
  })
})

describe('parseLength()', () => {
  it('returns the number of bytes', () => assert.equal(parseLength('1048576'), 1_048_576))

  it('returns undefined for an absent or invalid length', () => {
    for (const header of [null, undefined, '', '-1', '1.5', '1e3', '10, 10', ' ', 'x'])
      assert.equal(parseLength(header), undefined)
  })
})

describe('requestedRange()', () => {
  const stored = {
    status: 200,
    length: 10,
    etag: '"a"',
    lastModified: undefined,
    date: modified,
    acceptRanges: undefined,
  }
  const request = { method: 'GET', range: 'bytes=1-2', ifRange: undefined }

  it('returns the range of the request', () =>
    assert.deepEqual(requestedRange(request, stored, NOW), { first: 1, last: 2 }))

  it('returns undefined for any other method (§14.2)', () =>
    assert.equal(requestedRange({ ...request, method: 'HEAD' }, stored, NOW), undefined))

  it('returns undefined for any other status', () => {
    for (const status of [203, 206, 404])
      assert.equal(requestedRange(request, { ...stored, status }, NOW), undefined)
  })

  it('returns undefined if Accept-Ranges does not list bytes (§14.3)', () => {
    for (const acceptRanges of ['none', 'NONE', 'items', ''])
      assert.equal(requestedRange(request, { ...stored, acceptRanges }, NOW), undefined, acceptRanges)
    for (const acceptRanges of ['bytes', 'Bytes', 'items, bytes'])
      assert.deepEqual(requestedRange(request, { ...stored, acceptRanges }, NOW), { first: 1, last: 2 })
  })

  it('returns undefined if the length is unknown', () =>
    assert.equal(requestedRange(request, { ...stored, length: undefined }, NOW), undefined))

  it('returns undefined if If-Range does not match, also for an unsatisfiable range', () => {
    const other = { ...request, ifRange: '"b"' }
    assert.equal(requestedRange(other, stored, NOW), undefined)
    assert.equal(requestedRange({ ...other, range: 'bytes=10-' }, stored, NOW), undefined)
    assert.equal(requestedRange({ ...request, range: 'bytes=10-' }, stored, NOW), 'unsatisfiable')
    assert.deepEqual(requestedRange({ ...request, ifRange: '"a"' }, stored, NOW), { first: 1, last: 2 })
  })

  it('returns undefined without Range, also with If-Range', () =>
    assert.equal(requestedRange({ ...request, range: undefined, ifRange: '"a"' }, stored, NOW), undefined))
})

describe('the response to a range request', () => {
  it('is a 206 with the range and the complete length (§14.4)', () =>
    assert.deepEqual(headersOf206({ first: 2, last: 9 }, 10), {
      'content-range': 'bytes 2-9/10',
      'content-length': '8',
    }))

  it('is a 416 with the complete length (§15.5.17)', () =>
    assert.deepEqual(headersOf416(10), { 'content-range': 'bytes */10' }))

  it('has a view of the bytes as its body', () => {
    const body = Uint8Array.from([0, 1, 2, 3, 255])
    const part = sliceBody(body, { first: 1, last: 4 })
    assert.deepEqual([...part], [1, 2, 3, 255])
    assert.equal(part.buffer, body.buffer)
  })

  it('counts bytes of a text, not characters', () =>
    assert.deepEqual([...sliceBody('aü', { first: 1, last: 1 })], [0xc3]))
})
