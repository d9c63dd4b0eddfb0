import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  joinVary,
  matchesSelecting,
  type RequestHeader,
  selectingHeaders,
  variesByAnything,
} from '../../../src/http/fields/vary.ts'

function request(fields: Record<string, string> = {}): RequestHeader {
  const headers = new Headers(Object.entries(fields))
  return (name) => headers.get(name) ?? undefined
}

const nothing = request()

describe('the fields that an answer was selected by', () => {
  it('are those that Vary names, in lower case, each once, with what the request had', () => {
    const header = request({ accept: 'a', 'accept-language': 'de' })
    assert.deepEqual(selectingHeaders('Accept-Language, Accept,, ACCEPT , X-None', header), {
      accept: 'a',
      'accept-language': 'de',
      'x-none': undefined,
    })
  })

  it('are none when nothing varies', () => {
    for (const vary of [null, '', ' ', ',', ' , ']) assert.equal(selectingHeaders(vary, nothing), undefined)
  })

  it('may have any name', () => {
    const selecting = selectingHeaders('__proto__, constructor', request({ __proto__x: '1' }))
    assert.deepEqual(Object.keys(selecting ?? {}), ['__proto__', 'constructor'])
    assert.equal(matchesSelecting(selecting, nothing), true)
    assert.equal(matchesSelecting(selecting, request({ constructor: '1' })), false)
    assert.equal(matchesSelecting(selecting, request(Object.fromEntries([['__proto__', '1']]))), false)
  })
})

describe('an answer is for a request', () => {
  const selecting = selectingHeaders('accept, x-none', request({ accept: 'a, b' }))

  it('when every field that selected it has the same value, or is as absent', () => {
    assert.equal(matchesSelecting(selecting, request({ accept: 'a, b' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a, b', other: 'x' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'b, a' })), false)
    assert.equal(matchesSelecting(selecting, request({ accept: 'A, b' })), false)
    assert.equal(matchesSelecting(selecting, nothing), false)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a, b', 'x-none': '' })), false)
    assert.equal(matchesSelecting(undefined, request({ accept: 'z' })), true)
  })

  it('whatever white space is around the members of a list', () => {
    assert.equal(matchesSelecting(selecting, request({ accept: ' a ,\tb' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a,b' })), true)
    assert.equal(matchesSelecting(selecting, request({ accept: 'a b' })), false)
  })

  it('but not whatever white space is within quotes', () => {
    const quoted = selectingHeaders('x', request({ x: '"a , b"' }))
    assert.equal(matchesSelecting(quoted, request({ x: '"a , b"' })), true)
    assert.equal(matchesSelecting(quoted, request({ x: '"a,b"' })), false)
  })

  it('also when it is in the favourite language, to the letter, of a client who would take others too', () => {
    const german = selectingHeaders('accept-language', request({ 'accept-language': 'de' }))
    const wants = (field: string) => matchesSelecting(german, request({ 'accept-language': field }), 'de')
    assert.equal(wants('DE, en;q=0.5'), true)
    assert.equal(wants('en, de;q=0.5'), false)
    assert.equal(wants('de-AT, en;q=0.5'), false)
  })

  it('at a cost that grows with the fields, not with their square', () => {
    const spaces: RequestHeader = () => `a${' '.repeat(200_000)}b`
    const startedAt = performance.now()
    matchesSelecting(selectingHeaders('x', spaces), spaces)
    assert.ok(performance.now() - startedAt < 500) // squared it would be half a minute
  })
})

describe('Vary by anything', () => {
  it('is *, anywhere', () => {
    for (const vary of ['*', 'accept, *', '*,accept', ' * ', 'a*'])
      assert.equal(variesByAnything(vary), true, vary)
  })

  it('is what cannot be the name of a field', () => {
    for (const vary of ['foo bar', '"accept"', 'accept; q', 'accept:', 'é', '(x)']) {
      assert.equal(variesByAnything(vary), true, vary)
    }
  })

  it('is nothing else', () => {
    for (const vary of [null, '', 'accept', 'Accept-Encoding , x_y', "!#$%&'+-.^_`|~09"]) {
      assert.equal(variesByAnything(vary), false, String(vary))
      assert.doesNotThrow(() => selectingHeaders(vary, nothing))
    }
  })
})

describe('what the handler and the route vary by', () => {
  it('is said together, the handler first, no field twice', () => {
    assert.equal(joinVary(null, []), null)
    assert.equal(joinVary('Accept', []), 'Accept')
    assert.equal(joinVary(null, ['accept', 'cookie']), 'accept, cookie')
    assert.equal(joinVary('Accept, Origin', ['origin', 'cookie']), 'Accept, Origin, cookie')
  })
})
