import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseHttpDate } from '../../../src/http/fields/http-date.ts'

const NOW = Date.UTC(2026, 10, 22)

describe('parseHttpDate()', () => {
  const sixth = Date.UTC(1994, 10, 6, 8, 49, 37)

  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    it(`parses ${text}`, () => assert.equal(parseHttpDate(text, NOW), sixth))
  }

  it('parses a two-digit day in an asctime date', () => {
    assert.equal(parseHttpDate('Wed Nov 16 08:49:37 1994', NOW), Date.UTC(1994, 10, 16, 8, 49, 37))
  })

  it('parses a leap second', () => {
    assert.equal(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW), Date.UTC(2017, 0, 1))
  })

  it('parses 29 February in leap years only', () => {
    assert.equal(parseHttpDate('Thu, 29 Feb 2024 00:00:00 GMT', NOW), Date.UTC(2024, 1, 29))
    assert.equal(parseHttpDate('Wed, 29 Feb 2023 00:00:00 GMT', NOW), undefined)
  })
})

describe('parseHttpDate() of an invalid date', () => {
  for (const text of [
    '',
    '0',
    '-1',
    'now',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun 06 Nov 1994 08:49:37 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 06 Nov 1994 08:49 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'son, 06 nov 1994 08:49:37 gmt',
    'Son, 06 Nov 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Thu, 31 Nov 1994 08:49:37 GMT',
    'Thu, 31 Feb 2022 00:00:60 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:38 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov  6 08:49:37 1994 GMT',
  ]) {
    it(`returns undefined for ${JSON.stringify(text)}`, () =>
      assert.equal(parseHttpDate(text, NOW), undefined))
  }
})

describe('parseHttpDate() in another letter case', () => {
  for (const text of [
    'sun, 06 nov 1994 08:49:37 gmt',
    'SUNDAY, 06-NOV-94 08:49:37 GMT',
    'Sun nOV  6 08:49:37 1994',
  ]) {
    it(`parses ${text}`, () => assert.equal(parseHttpDate(text, NOW), 784_111_777_000))
  }
})

describe('parseHttpDate() with a two-digit year', () => {
  it('returns a year that is at most 50 years ahead', () => {
    const year = (digits: string) =>
      new Date(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, NOW) ?? Number.NaN).getUTCFullYear()
    assert.equal(year('26'), 2026)
    assert.equal(year('76'), 2076)
    assert.equal(year('77'), 1977)
    assert.equal(year('99'), 1999)
    assert.equal(year('00'), 2000)
  })
})

describe('parseHttpDate() of any date', () => {
  const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }) // the years 0 to 9999

  it('parses the output of toUTCString()', () => {
    fc.assert(
      fc.property(seconds, (second) => {
        const text = new Date(second * 1000).toUTCString()
        assert.equal(parseHttpDate(text, NOW), second * 1000)
      }),
    )
  })

  it('returns the same time for all three formats', () => {
    const long: Record<string, string> = { Tue: 'Tues', Wed: 'Wednes', Thu: 'Thurs', Sat: 'Satur' }
    fc.assert(
      fc.property(fc.integer({ min: 220_924_800, max: 3_376_684_799 }), (second) => {
        const text = new Date(second * 1000).toUTCString()
        const [, name = '', day = '', month, year = '', time] =
          /^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/.exec(text) ?? []
        const rfc850 = `${long[name] ?? name}day, ${day}-${month}-${year.slice(2)} ${time} GMT`
        const asctime = `${name} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`
        assert.equal(parseHttpDate(rfc850, NOW), second * 1000, rfc850)
        assert.equal(parseHttpDate(asctime, NOW), second * 1000, asctime)
      }),
    )
  })
})

describe('parseHttpDate() of any text', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const ms = parseHttpDate(text, NOW)
        assert.ok(ms === undefined || Number.isSafeInteger(ms))
      }),
    )
  })
})
