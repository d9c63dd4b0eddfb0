import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytes, bytesOrAuto, share, wholeNumber } from '../../../src/service/startup/config-numbers.ts'

/** The value of a text, or the messages of its errors. */
function parsed(
  schema: typeof bytes | typeof bytesOrAuto | typeof share,
  text: string,
): number | string | string[] {
  const { data, error } = schema.safeParse(text)
  return error === undefined ? data : error.issues.map(({ message }) => message)
}

describe('wholeNumber', () => {
  it('wholeNumber accepts digits between its limits, which the message names', () => {
    const percent = wholeNumber(1, 100)
    for (const text of ['1', '007', '100']) assert.equal(parsed(percent, text), Number(text))
    for (const text of ['0', '101', '-1', '1.5', '3e1', '0x1', ' 1', '1s', '9'.repeat(16)]) {
      assert.deepEqual(parsed(percent, text), ['must be a whole number from 1 to 100'], text)
    }
  })

  it('wholeNumber names the unit', () => {
    assert.deepEqual(parsed(wholeNumber(0, 9, 'seconds'), '10'), [
      'must be a whole number of seconds from 0 to 9',
    ])
  })
})

describe('bytes', () => {
  it('bytes accepts a number of bytes or of a binary unit', () => {
    for (const [text, value] of [
      ['1024', 1024],
      ['1KiB', 1024],
      ['2MiB', 2_097_152],
      ['3GiB', 3_221_225_472],
      ['1048576GiB', 2 ** 50],
    ] as const) {
      assert.equal(parsed(bytes, text), value)
    }
  })

  it('bytes refuses other units, too small and too large sizes', () => {
    for (const [text, message] of [
      ['64MB', 'must be a number of bytes, such as 67108864 or 64MiB'],
      ['64 MiB', 'must be a number of bytes, such as 67108864 or 64MiB'],
      ['1.5GiB', 'must be a number of bytes, such as 67108864 or 64MiB'],
      ['-1', 'must be a number of bytes, such as 67108864 or 64MiB'],
      ['1023', 'must be at least 1KiB'],
      ['0GiB', 'must be at least 1KiB'],
      ['1048577GiB', 'must be at most 1048576GiB'],
    ] as const) {
      assert.deepEqual(parsed(bytes, text), [message], text)
    }
  })
})

describe('share', () => {
  it('share accepts a decimal fraction from 0 to 1', () => {
    for (const text of ['0', '0.001', '0.5', '1', '1.0']) assert.equal(parsed(share, text), Number(text))
    for (const text of ['1.1', '-0.1', '.5', '1e-3', '2', '5%', '0.', 'NaN']) {
      assert.deepEqual(parsed(share, text), ['must be a share from 0 to 1, such as 0.001'], text)
    }
  })
})

describe('bytesOrAuto', () => {
  it('bytesOrAuto accepts sizes and auto, and its message names both', () => {
    assert.equal(parsed(bytesOrAuto, 'auto'), 'auto')
    assert.equal(parsed(bytesOrAuto, '2KiB'), 2048)
    assert.deepEqual(parsed(bytesOrAuto, 'AUTO'), [
      'must be a number of bytes, such as 67108864 or 64MiB, or auto',
    ])
    assert.deepEqual(parsed(bytesOrAuto, '7'), parsed(bytes, '7'))
  })
})
