import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  headersOf206,
  headersOf416,
  ifRangeMatches,
  parseRange,
  requestedRange,
  sliceBody,
} from '../../../src/http/fields/range.ts'

const NOW = Date.UTC(2026, 10, 22)
const modified = 'Sun, 22 Nov 2026 00:00:00 GMT'
const aSecondLater = 'Sun, 22 Nov 2026 00:00:01 GMT'

type Part = ReturnType<typeof parseRange>

describe('a range of ten bytes (RFC 9110 §14.1.2)', () => {
  const whole = undefined
  const part = (first: number, last: number): Part => ({ first, last })
  const cases: [because: string, field: string, answer: Part][] = [
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

    ['a last position before the first', 'bytes=5-4', whole],
    ['a last position before the first, beyond the end', 'bytes=15-14', whole],
    ['positions that are the same double', 'bytes=9007199254740993-9007199254740992', whole],
    ['positions with zeros before them', 'bytes=010-9', whole],
    ['two parts', 'bytes=0-1,4-5', whole],
    ['two parts that touch', 'bytes=0-1, 2-3', whole],
    ['a part and what is none', 'bytes=0-1,x', whole],
    ['two fields', 'bytes=0-1, bytes=2-3', whole],
    ['another unit', 'items=0-1', whole],
    ['a unit that ends like ours', 'kilobytes=0-1', whole],
    ['no unit', '0-1', whole],
    ['nothing', '', whole],
    ['no part', 'bytes=', whole],
    ['only empty members', 'bytes=, ,', whole],
    ['a dash alone', 'bytes=-', whole],
    ['one number', 'bytes=1', whole],
    ['a sign', 'bytes=+1-2', whole],
    ['a negative end', 'bytes=1--2', whole],
    ['a fraction', 'bytes=1.0-2', whole],
    ['hexadecimal', 'bytes=0x1-2', whole],
    ['an exponent', 'bytes=1e0-2', whole],
    ['digits that are not ASCII', 'bytes=١-٢', whole],
    ['white space before the sign', 'bytes =0-1', whole],
    ['white space within', 'bytes=0 - 1', whole],
    ['a second line', 'bytes=0-1\nx', whole],
    ['a quoted part', 'bytes="0-1"', whole],
  ]
  for (const [because, field, answer] of cases) {
    it(`${because}: ${field.length > 40 ? `${field.slice(0, 40)}...` : JSON.stringify(field)}`, () =>
      assert.deepEqual(parseRange(field, 10), answer))
  }

  it('no field asks for the whole', () => assert.equal(parseRange(undefined, 10), undefined))
})

describe('a range of an empty body', () => {
  it('cannot start anywhere', () => {
    assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable')
    assert.equal(parseRange('bytes=0-0', 0), 'unsatisfiable')
    assert.equal(parseRange('bytes=-0', 0), 'unsatisfiable')
  })

  it('is the whole where the last bytes are asked for', () =>
    assert.equal(parseRange('bytes=-5', 0), undefined))
})

describe('ranges by the thousand', () => {
  /** Byte by byte, as the RFC's words say it. */
  function naive(spec: string, length: number): Part {
    const [from = '', to = ''] = spec.split('-')
    const positions = Array.from({ length }, (_, position) => BigInt(position))
    if (from !== '' && to !== '' && BigInt(from) > BigInt(to)) return undefined
    const asked =
      from === ''
        ? positions.filter((position) => BigInt(length) - position <= BigInt(to))
        : positions.filter((position) => position >= BigInt(from) && (to === '' || position <= BigInt(to)))
    if (asked.length > 0) return { first: Number(asked[0]), last: Number(asked.at(-1)) }
    return from === '' && BigInt(to) > 0n ? undefined : 'unsatisfiable'
  }

  const position = fc.oneof(fc.nat(40).map(String), fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String))
  const spec = fc.oneof(
    fc.tuple(position, position).map(([from, to]) => `${from}-${to}`),
    position.map((from) => `${from}-`),
    position.map((count) => `-${count}`),
  )

  it('are what a naive reading says', () => {
    fc.assert(
      fc.property(spec, fc.nat(30), (asked, length) => {
        assert.deepEqual(parseRange(`bytes=${asked}`, length), naive(asked, length))
      }),
    )
  })

  it('are within the body or none, whatever the field says', () => {
    const garbage = fc.string({ unit: fc.constantFrom(...'bytes=0123456789-, \t"x') })
    fc.assert(
      fc.property(
        fc.oneof(
          garbage,
          garbage.map((text) => `bytes=${text}`),
        ),
        fc.nat(30),
        (field, length) => {
          const part = parseRange(field, length)
          if (part === undefined || part === 'unsatisfiable') return
          assert.ok(part.first >= 0 && part.first <= part.last && part.last < length)
        },
      ),
    )
  })
})

describe('If-Range (RFC 9110 §13.1.5)', () => {
  const whole = { etag: '"a"', lastModified: modified, date: aSecondLater }
  const may = (ifRange: string | undefined, changes: Partial<typeof whole> | { etag: undefined } = {}) =>
    ifRangeMatches(ifRange, { ...whole, ...changes }, NOW)

  it('asks nothing where it is missing', () => assert.equal(may(undefined), true))

  it('is met by the same strong tag', () => {
    assert.equal(may('"a"'), true)
    assert.equal(may(' "a"\t'), true)
    assert.equal(may('"b"'), false)
    assert.equal(may('"A"'), false)
    assert.equal(may('"a"', { etag: undefined }), false)
  })

  it('is not met by a weak tag on either side', () => {
    assert.equal(may('W/"a"'), false)
    assert.equal(may('"a"', { etag: 'W/"a"' }), false)
    assert.equal(may('W/"a"', { etag: 'W/"a"' }), false)
  })

  it('is no list and no asterisk', () => {
    assert.equal(may('"a", "b"'), false)
    assert.equal(may('*'), false)
    assert.equal(may('*', { etag: '*' }), false)
  })

  it('is met by the very Last-Modified, in any form of a date', () => {
    assert.equal(may(modified), true)
    assert.equal(may('Sunday, 22-Nov-26 00:00:00 GMT'), true)
    assert.equal(may('Sat, 21 Nov 2026 23:59:59 GMT'), false)
    assert.equal(may(aSecondLater), false)
  })

  it('is not met by a date of what was sent in the second that it names (§8.8.2.2)', () => {
    assert.equal(may(modified, { date: modified }), false)
    assert.equal(may(modified, { date: 'Sat, 21 Nov 2026 00:00:00 GMT' }), false)
    assert.equal(ifRangeMatches(modified, { ...whole, date: undefined }, NOW), false)
    assert.equal(may(modified, { date: 'today' }), false)
  })

  it('is not met by what is neither tag nor date', () => {
    for (const garbage of ['', 'a', '"a', 'a"', "'a'", '2026-11-22', '1', 'W/', '""a""'])
      assert.equal(may(garbage), false, garbage)
    assert.equal(may('a', { etag: 'a' }), false)
    assert.equal(ifRangeMatches('today', { ...whole, lastModified: 'today' }, NOW), false)
  })
})

describe('the part for a request', () => {
  const whole = { status: 200, length: 10, etag: '"a"', lastModified: undefined, date: modified }
  const asked = { method: 'GET', range: 'bytes=1-2', ifRange: undefined }

  it('is what Range asks for', () =>
    assert.deepEqual(requestedRange(asked, whole, NOW), { first: 1, last: 2 }))

  it('is the whole for any other method (§14.2)', () =>
    assert.equal(requestedRange({ ...asked, method: 'HEAD' }, whole, NOW), undefined))

  it('is the whole of any other status', () => {
    for (const status of [203, 206, 404])
      assert.equal(requestedRange(asked, { ...whole, status }, NOW), undefined)
  })

  it('is the whole where the complete body is not there', () =>
    assert.equal(requestedRange(asked, { ...whole, length: undefined }, NOW), undefined))

  it('is the whole where If-Range is not met, also of a range that nothing satisfies', () => {
    const other = { ...asked, ifRange: '"b"' }
    assert.equal(requestedRange(other, whole, NOW), undefined)
    assert.equal(requestedRange({ ...other, range: 'bytes=10-' }, whole, NOW), undefined)
    assert.equal(requestedRange({ ...asked, range: 'bytes=10-' }, whole, NOW), 'unsatisfiable')
    assert.deepEqual(requestedRange({ ...asked, ifRange: '"a"' }, whole, NOW), { first: 1, last: 2 })
  })

  it('is the whole without a Range, whatever If-Range says', () =>
    assert.equal(requestedRange({ ...asked, range: undefined, ifRange: '"a"' }, whole, NOW), undefined))
})

describe('what is sent', () => {
  it('is a 206 that says which part of how much (§14.4)', () =>
    assert.deepEqual(headersOf206({ first: 2, last: 9 }, 10), {
      'content-range': 'bytes 2-9/10',
      'content-length': '8',
    }))

  it('is a 416 that says how much there is (§15.5.17)', () =>
    assert.deepEqual(headersOf416(10), { 'content-range': 'bytes */10' }))

  it('is a part of the bytes, without a copy', () => {
    const body = Uint8Array.from([0, 1, 2, 3, 255])
    const part = sliceBody(body, { first: 1, last: 4 })
    assert.deepEqual([...part], [1, 2, 3, 255])
    assert.equal(part.buffer, body.buffer)
  })

  it('is bytes of a text, not characters', () =>
    assert.deepEqual([...sliceBody('aü', { first: 1, last: 1 })], [0xc3]))
})
