import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matchesStrongly, matchesWeakly, parseEntityTags } from '../../../src/http/fields/entity-tags.ts'

describe('parseEntityTags', () => {
  it('reads * and lists of strong and weak tags', () => {
    const lists: Record<string, ReturnType<typeof parseEntityTags>> = {
      '*': '*',
      ' * ': '*',
      '"a"': ['"a"'],
      'W/"a"': ['W/"a"'],
      '"a", W/"b","c"': ['"a"', 'W/"b"', '"c"'],
      '"*"': ['"*"'],
      '""': ['""'],
      '"a,b"': ['"a,b"'],
      '"\u00fc\\"': ['"\u00fc\\"'],
      ',"a", ,\t,"b",': ['"a"', '"b"'],
    }
    for (const [value, tags] of Object.entries(lists)) assert.deepEqual(parseEntityTags(value), tags, value)
  })

  it('refuses everything else', () => {
    const malformed = [
      ...[
        '',
        ' ',
        ',',
        'a',
        '"a',
        'a"',
        '"a" "b"',
        '"a""b"',
        'w/"a"',
        'W/ "a"',
        'W/',
        '*, "a"',
        '"a", *',
        '**',
      ],
      ...['"a b"', '"a"b"', "'a'", '"a";q=1', '"\u0000"', '"\u007f"', '"\u0100"'],
    ]
    for (const value of malformed) assert.equal(parseEntityTags(value), undefined, JSON.stringify(value))
  })

  it('takes a time that grows with the length, not with its square', () => {
    const blanks = ' '.repeat(200_000)
    for (const value of [
      `"a"${blanks}x`,
      `${blanks}x`,
      `${','.repeat(200_000)}x`,
      `"${'a'.repeat(200_000)}`,
    ]) {
      assert.equal(parseEntityTags(value), undefined)
    }
  })
})

/** RFC 9110 §8.8.3.2, table 3. */
const COMPARISONS: [one: string, other: string, strong: boolean, weak: boolean][] = [
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', '"1"', true, true],
]

describe('the comparison of entity tags', () => {
  for (const [one, other, strong, weak] of COMPARISONS) {
    it(`${one} and ${other} are ${strong ? '' : 'not '}equal strongly, and ${weak ? '' : 'not '}weakly`, () => {
      for (const [tag, etag] of [
        [one, other],
        [other, one],
      ] as const) {
        assert.equal(matchesStrongly(['"x"', tag], etag), strong)
        assert.equal(matchesWeakly(['"x"', tag], etag), weak)
      }
    })
  }

  it('* matches a representation, and nothing matches without one', () => {
    for (const matches of [matchesStrongly, matchesWeakly]) {
      assert.equal(matches('*', '"1"'), true)
      assert.equal(matches('*', 'W/"1"'), true)
      assert.equal(matches('*', undefined), false)
      assert.equal(matches(['"1"'], undefined), false)
    }
  })
})
