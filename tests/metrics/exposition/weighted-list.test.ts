import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readWeightedList } from '../../../src/metrics/exposition/weighted-list.ts'

/** Each member as `value q name=value …`. */
function read(field: string): string[] {
  return readWeightedList(field).map(({ value, q, parameters }) =>
    [value, q, ...[...parameters].filter(([name]) => name !== 'q').map((pair) => pair.join('='))].join(' '),
  )
}

it('members have a value, a weight and parameters', () => {
  assert.deepEqual(read('Text/Plain ; Version=1.0.0;q=0.5 , gzip\t,*/*;Q=0;x'), [
    'text/plain 0.5 version=1.0.0',
    'gzip 1',
    '*/* 0 x=',
  ])
})

it('quoted values may contain any separator', () => {
  assert.deepEqual(read('a/b;v="1,2;q=0\\"=";q=0.1,c/d;v=""'), ['a/b 0.1 v=1,2;q=0"=', 'c/d 1 v='])
})

it('members with an invalid weight and empty members are omitted', () => {
  assert.deepEqual(read('a;q=2,b;q=-1,c;q=,d;q=x,e;q=1.1,f;q=0.5.5,g;q=NaN,h;q=1e0, ,,;q=1,i;q=1.000'), [
    'i 1',
  ])
})

describe('hostile headers', () => {
  it('hostile headers never throw', () => {
    const pieces = fc.constantFrom(
      ',',
      ';',
      '=',
      '"',
      '\\',
      'q',
      '0',
      '.',
      ' ',
      '*/*',
      'version',
      '\0',
      '\ud800',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((all) => all.join('')),
        ),
        (field) => {
          for (const { q } of readWeightedList(field)) assert.ok(q >= 0 && q <= 1)
        },
      ),
    )
  })

  it('headers longer than any scraper sends are ignored', () => {
    const member = 'text/plain;version=1.0.0;q=0.5,'
    assert.equal(read(member.repeat(100)).length, 100)
    assert.equal(read(member.repeat(1000)).length, 0)
  })
})
