import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { deltaMs, parseCacheControl, parseTargeted } from '../../../src/http/fields/cache-control.ts'
import { cpuMs } from '../../support/cpu-ms.ts'
import { rounds } from '../../support/rounds.ts'

describe('parseCacheControl()', () => {
  const cases: [header: string | null | undefined, directives: Record<string, string | true>][] = [
    [null, {}],
    [undefined, {}],
    ['', {}],
    ['no-store', { 'no-store': true }],
    ['max-age=60', { 'max-age': '60' }],
    ['Max-Age=60, No-CaChE', { 'max-age': '60', 'no-cache': true }],
    ['max-age="60"', { 'max-age': '60' }],
    ['private="set-cookie, x", max-age=1', { private: 'set-cookie, x', 'max-age': '1' }],
    ['private="a\\", no-store=\\"", public', { private: 'a", no-store="', public: true }],
    ['a="no-store, private"', { a: 'no-store, private' }],
    [' ,, max-age=1 ,,\t public ,', { 'max-age': '1', public: true }],
    ['max-age = 60', { 'max-age': '60' }],
    ['max-age=', { 'max-age': '' }],
    ['max-age=""', { 'max-age': '' }],
    ['max-age=-1', { 'max-age': '-1' }],
    ["max-age='60'", { 'max-age': "'60'" }],
    [
      'prototype=1, __proto__',
      Object.fromEntries([
        ['prototype', '1'],
        ['__proto__', true as const],
      ]),
    ],
  ]
  for (const [header, directives] of cases) {
    it(`parses ${header}`, () => {
      assert.deepEqual([...parseCacheControl(header)], Object.entries(directives))
    })
  }

  it('uses the first of two directives with one name', () => {
    assert.equal(parseCacheControl('max-age=1, max-age=2').get('max-age'), '1')
  })

  it('continues after an invalid part', () => {
    for (const broken of ['@', '=60', '"quoted"', '@ =', 'é', 'max-age="60', ';', 'a b c']) {
      assert.ok(parseCacheControl(`${broken}, no-store`).has('no-store'), broken)
    }
  })

  it('finds a prohibition after a wrong separator', () => {
    for (const name of ['no-store', 'no-cache', 'private']) {
      for (const before of [
        'max-age=60;',
        'max-age=60 ; ',
        'public;',
        'public ',
        'a="b";c;',
        'private="x";',
        '; ',
        'max-age=60, ;',
      ]) {
        const header = before + name.toUpperCase()
        for (const after of ['', ';max-age=1', ', public', '="x"']) {
          assert.equal(parseCacheControl(header + after).get(name), true, header + after)
        }
      }
    }
    for (const header of ['a=private', 'a="; private"', 'no-private;a', 'a;not-private', 'a;private-x']) {
      assert.equal(parseCacheControl(header).has('private'), false, header)
    }
  })

  it('treats a number with trailing characters as invalid', () => {
    for (const header of ['max-age="60"0', 'max-age=6"0"', 'max-age=60 0', 'max-age=60;0', 'max-age=60s']) {
      assert.equal(deltaMs(parseCacheControl(header), 'max-age'), 0, header)
    }
  })

  it('agrees with a simple parser on all valid headers', () => {
    fc.assert(
      fc.property(wellFormed, (header) => assert.deepEqual(parseCacheControl(header), simpleParse(header))),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom(...'a="\\,; @') }),
        (a, b) => {
          parseCacheControl(a)
          for (const name of parseCacheControl(b).keys()) assert.match(name, /^a+$/)
        },
      ),
    )
  })

  it('takes linear time for any header', () => {
    for (const unit of [',', ' ', ' ,', '@,', '@', 'a ', 'a=', 'a="\\",', 'a="', '\\"']) {
      const startedAt = cpuMs()
      parseCacheControl(`${unit.repeat(200_000 / unit.length)}@`)
      assert.ok(cpuMs() - startedAt < 500, JSON.stringify(unit)) // quadratic time would be half a minute
    }
  })
})

const token = fc.string({ unit: fc.constantFrom(..."aZ09-!#$%&*+.^_`|~'"), minLength: 1, maxLength: 6 })
const quoted = fc
  .string({ unit: fc.constantFrom(...'aZ09-,;= \t', '\\"', '\\\\', '\\a'), maxLength: 8 })
  .map((text) => `"${text}"`)
const member = fc
  .tuple(token, fc.option(fc.oneof(token, quoted)))
  .map(([name, value]) => (value === null ? name : `${name}=${value}`))
const separator = fc.constantFrom(',', ', ', ' ,', '\t,\t', ',,', ' , , ')
const wellFormed = fc
  .array(fc.tuple(member, separator), { maxLength: 8 })
  .map((members) => members.flat().slice(0, -1).join(''))

/** RFC 9110 §5.6.1, §5.6.4 and RFC 9111 §5.2, character by character. */
function simpleParse(header: string): Map<string, string | true> {
  const members: string[] = []
  let current = ''
  let inQuotes = false
  for (let i = 0; i < header.length; i++) {
    const character = header.charAt(i)
    if (inQuotes && character === '\\') current += character + header.charAt(++i)
    else if (character === ',' && !inQuotes) {
      members.push(current)
      current = ''
    } else {
      if (character === '"') inQuotes = !inQuotes
      current += character
    }
  }
  members.push(current)

  const directives = new Map<string, string | true>()
  for (const member of members.map((text) => text.trim()).filter((text) => text !== '')) {
    const at = member.indexOf('=')
    const name = (at < 0 ? member : member.slice(0, at)).toLowerCase()
    if (directives.has(name)) continue
    const value = member.slice(at + 1)
    directives.set(name, at < 0 ? true : value.startsWith('"') ? unquoted(value) : value)
  }
  return directives
}

function unquoted(value: string): string {
  let text = ''
  for (let i = 1; i < value.length - 1; i++) text += value.charAt(value.charAt(i) === '\\' ? ++i : i)
  return text
}

describe('parseTargeted()', () => {
  const cases: [header: string | null | undefined, directives: Record<string, string | true> | undefined][] =
    [
      [null, undefined],
      [undefined, undefined],
      ['', undefined],
      ['  ', undefined],
      ['max-age=60', { 'max-age': '60' }],
      ['max-age=60, must-revalidate', { 'max-age': '60', 'must-revalidate': true }],
      [' max-age=60\t,\tno-store ', { 'max-age': '60', 'no-store': true }],
      ['no-store=?1', { 'no-store': true }],
      ['no-store, no-store=?0', {}],
      ['max-age=1, max-age=2', { 'max-age': '2' }],
      ['max-age=60;x="y, z";q=1.5;b', { 'max-age': '60' }],
      ['private="a, b"', { private: '"a, b"' }],
      ['private=("a" b;q=1), max-age=1', { private: '("a" b;q=1)', 'max-age': '1' }],
      ['a=()', { a: '()' }],
      ['a=tok/en:x', { a: 'tok/en:x' }],
      ['a=:aGk=:', { a: ':aGk=:' }],
      ['*a=1', { '*a': '1' }],
      ['Max-Age=60', undefined],
      ['max-age=60,', undefined],
      [',max-age=60', undefined],
      ['max-age=60 no-store', undefined],
      ['max-age =60', undefined],
      ['max-age= 60', undefined],
      ['max-age=60 ;x', undefined],
      ['max-age="60', undefined],
      ['max-age=1.', undefined],
      ['max-age=1234567890123456', undefined],
      ['a=(1 2', undefined],
      ['a=?2', undefined],
      ['a="é"', undefined],
    ]
  for (const [header, directives] of cases) {
    it(`returns ${directives && JSON.stringify(directives)} for ${header}`, () => {
      const parsed = parseTargeted(header)
      assert.deepEqual(parsed && [...parsed], directives && Object.entries(directives))
    })
  }

  it('agrees with the parsing steps of RFC 8941', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aab==""\\,;  -?01.:()*A'), maxLength: 14 })
    const item = fc.constantFrom(
      '1',
      '-1.5',
      '?0',
      '?1',
      '"x, y"',
      '"\\""',
      'tok',
      ':YQ==:',
      '1.',
      '"',
      'é',
      '',
    )
    const parameters = fc.constantFrom('', '', ';d', '; e=2', ';f="g"', ' ;', ';')
    const list = fc
      .array(fc.tuple(item, parameters, fc.constantFrom(' ', '  ', '')), { maxLength: 3 })
      .map((items) => `(${items.flat().join('')})`)
    const member = fc.tuple(
      fc.constantFrom('a', 'b-c', '*', 'A', ''),
      fc.constantFrom('=', '=', '', ' '),
      fc.oneof(item, list),
      parameters,
    )
    const parts = fc
      .array(fc.tuple(member, fc.constantFrom(', ', ',', '\t,', ' ', ',,')), { maxLength: 3 })
      .map((members) => members.flat(2).slice(0, -1).join(''))
    fc.assert(
      fc.property(fc.oneof(letters, parts), (header) => {
        assert.deepEqual(parseTargeted(header), new Dictionary(header.trim()).read())
      }),
      { numRuns: rounds(1000, 5000) },
    )
  })

  it('never throws, and takes linear time', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (header) => void parseTargeted(header)))
    for (const unit of ['a,', 'a;', 'a=(', '(', 'a="\\', ' ', 'a=1 ', 'a;b=1', 'a=(1 ']) {
      const startedAt = cpuMs()
      parseTargeted(`${unit.repeat(200_000 / unit.length)}@`)
      assert.ok(cpuMs() - startedAt < 500, JSON.stringify(unit))
    }
  })
})

/** The parsing steps of RFC 8941 §4.2.2 to §4.2.7. Values stay as written. */
class Dictionary {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Map<string, string | true> | undefined {
    try {
      return this.#text === '' ? undefined : this.#members()
    } catch {
      return undefined
    }
  }

  #members(): Map<string, string | true> {
    const members = new Map<string, string | true>()
    for (;;) {
      const key = this.#key()
      let value = '?1'
      if (this.#takes('=')) value = this.#peek === '(' ? this.#innerList() : this.#bareItem()
      this.#parameters()
      members.delete(key)
      if (value !== '?0') members.set(key, value === '?1' ? true : value)
      this.#skip(' \t')
      if (this.#done) return members
      if (!this.#takes(',')) throw new Error('no comma')
      this.#skip(' \t')
      if (this.#done) throw new Error('trailing comma')
    }
  }

  #innerList(): string {
    const from = this.#at++
    for (;;) {
      this.#skip(' ')
      if (this.#takes(')')) return this.#text.slice(from, this.#at)
      this.#bareItem()
      this.#parameters()
      if (this.#peek !== ' ' && this.#peek !== ')') throw new Error('no space')
    }
  }

  #parameters(): void {
    while (this.#takes(';')) {
      this.#skip(' ')
      this.#key()
      if (this.#takes('=')) this.#bareItem()
    }
  }

  #key(): string {
    if (!/[a-z*]/.test(this.#peek)) throw new Error('no key')
    return this.#run(/[a-z0-9_\-.*]/)
  }

  #bareItem(): string {
    const from = this.#at
    const first = this.#peek
    if (/[-0-9]/.test(first)) this.#number()
    else if (first === '"') this.#string()
    else if (/[A-Za-z*]/.test(first)) this.#run(/[!#$%&'*+\-.^_`|~0-9A-Za-z:/]/)
    else if (first === ':') {
      this.#at++
      this.#run(/[A-Za-z0-9+/=]/)
      if (!this.#takes(':')) throw new Error('no end of bytes')
    } else if (first === '?') {
      this.#at++
      if (!this.#takes('0') && !this.#takes('1')) throw new Error('no boolean')
    } else throw new Error('no item')
    return this.#text.slice(from, this.#at)
  }

  #number(): void {
    this.#takes('-')
    const whole = this.#run(/\d/)
    if (whole === '' || whole.length > 15) throw new Error('no integer')
    if (!this.#takes('.')) return
    const fraction = this.#run(/\d/)
    if (whole.length > 12 || fraction === '' || fraction.length > 3) throw new Error('no decimal')
  }

  #string(): void {
    this.#at++
    for (;;) {
      const character = this.#text.charAt(this.#at++)
      if (character === '"') return
      if (character === '\\' ? !/["\\]/.test(this.#text.charAt(this.#at++)) : !/[\x20-\x7e]/.test(character))
        throw new Error('no string')
    }
  }

  get #peek(): string {
    return this.#text.charAt(this.#at)
  }

  get #done(): boolean {
    return this.#at >= this.#text.length
  }

  #takes(character: string): boolean {
    if (this.#peek !== character) return false
    this.#at++
    return true
  }

  #skip(letters: string): void {
    while (!this.#done && letters.includes(this.#peek)) this.#at++
  }

  #run(letters: RegExp): string {
    const from = this.#at
    while (!this.#done && letters.test(this.#peek)) this.#at++
    return this.#text.slice(from, this.#at)
  }
}

describe('deltaMs()', () => {
  const ms = (value: string | true) => deltaMs(new Map([['max-age', value]]), 'max-age')

  it('returns milliseconds', () => {
    assert.equal(ms('60'), 60_000)
    assert.equal(ms('0'), 0)
    assert.equal(ms('007'), 7000)
  })

  it('returns undefined if the directive is absent, and 0 if its value is invalid', () => {
    assert.equal(deltaMs(new Map(), 'max-age'), undefined)
    for (const value of [
      true,
      '',
      ' 1',
      '1 ',
      '-1',
      '+1',
      '1.5',
      '1e3',
      '0x10',
      "'60'",
      '"60"',
      '６０',
    ] as const) {
      assert.equal(ms(value), 0, JSON.stringify(value))
    }
  })

  it('returns at most 2^31 seconds', () => {
    assert.equal(ms('2147483648'), 2 ** 31 * 1000)
    assert.equal(ms('99999999999999999999'), 2 ** 31 * 1000)
    assert.equal(ms('9'.repeat(400)), 2 ** 31 * 1000)
  })
})
