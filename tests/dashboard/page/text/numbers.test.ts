import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { count, percent, plural, rate, tick, whole } from '../../../../src/dashboard/page/text/numbers.ts'

/** The narrow space as a plain one, to read the expected texts. */
const plain = (text: string) => text.replaceAll('\u202f', ' ')

function assertTexts(format: (value: number) => string, expected: Readonly<Record<string, string>>): void {
  const actual = Object.keys(expected).map((value) => [value, plain(format(Number(value)))])
  assert.deepEqual(Object.fromEntries(actual), expected)
}

describe('numbers', () => {
  it('whole groups digits by three', () => {
    assertTexts(whole, { 0: '0', 999: '999', 1000: '1 000', 1234567: '1 234 567', 1234567.8: '1 234 568' })
  })

  it('count is short from 100,000', () => {
    assertTexts(count, {
      0: '0',
      12345: '12 345',
      99999: '99 999',
      100000: '100 k',
      123456: '123 k',
      999999: '1 M',
      1234567: '1.23 M',
      2e9: '2 G',
    })
  })

  it('rate keeps small rates apart from 0', () => {
    assertTexts(rate, { 0: '0', 0.04: '0.04', 0.5: '0.5', 3.25: '3.3', 99.99: '100', 1240: '1 240' })
  })

  it('tick is short', () => {
    assertTexts(tick, { 0: '0', 0.25: '0.25', 2.5: '2.5', 750: '750', 1500: '1.5 k', 20000: '20 k' })
  })

  it('percent is 100 only for all, and 0 only for none', () => {
    assertTexts(percent, {
      0: '0',
      0.0001: '<0.1',
      0.5: '50.0',
      0.9549: '95.4',
      0.9999: '99.9',
      1: '100',
      0.29: '29.0',
      0.57: '57.0',
    })
  })

  it('plural uses the singular for 1', () => {
    assert.deepEqual(
      [plural(1, 'URL'), plural(0, 'URL'), plural(2, 'entry', 'entries')],
      ['1 URL', '0 URLs', '2 entries'],
    )
  })
})
