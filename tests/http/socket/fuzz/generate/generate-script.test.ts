import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countParts, describeScript, paced, sentinel, textOf, writesOf } from '../script.ts'
import { fieldVariations } from './field-variations.ts'
import { framingVariations } from './framing-variations.ts'
import { generateScript, generateScripts } from './generate-script.ts'
import { targetVariations } from './target-variations.ts'

const scripts = [...generateScripts(1, 6000)]
const rounds = scripts.flatMap((script) => script.rounds)
const texts = rounds.map(textOf)

describe('generateScript()', () => {
  it('a seed gives the same script each time, and another one another script', () => {
    assert.deepEqual(generateScript(7), generateScript(7))
    assert.notDeepEqual(generateScript(7), { ...generateScript(8), seed: 7 })
  })

  it('each variation occurs', () => {
    const names = new Set(rounds.flatMap(({ parts }) => parts.flatMap(({ name }) => name.split(' + '))))
    for (const variations of [targetVariations, fieldVariations, framingVariations]) {
      for (const name of Object.keys(variations)) assert.ok(names.has(name), name)
    }
  })

  it('the writes of a round are its text', () => {
    for (const round of rounds) assert.equal(writesOf(round).join(''), textOf(round))
  })

  it('each character is a byte', () => {
    for (const text of texts) assert.equal(Buffer.from(text, 'latin1').toString('latin1'), text)
  })

  it('a third of the requests is plain, and some rounds have several requests or several writes', () => {
    const parts = rounds.flatMap((round) => round.parts)
    assert.ok(parts.filter(({ name }) => name === 'plain').length > parts.length / 4)
    assert.ok(rounds.filter((round) => round.parts.length > 1).length > rounds.length / 10)
    assert.ok(rounds.filter((round) => round.cuts.length > 0).length > rounds.length / 10)
    assert.ok(rounds.some((round) => round.cuts.length === textOf(round).length - 1))
  })

  it('some clients close their side, and some read late', () => {
    assert.ok(scripts.some(({ ending }) => ending === 'half-close'))
    assert.ok(scripts.some(({ readsLate }) => readsLate))
  })
})

describe('generateScripts()', () => {
  it('the scripts have as many requests as asked for', () => {
    const count = scripts.reduce((sum, script) => sum + countParts(script), 0)
    assert.ok(count >= 6000 && count < 6030, String(count))
  })
})

describe('paced()', () => {
  it('a round has at most one request, and the bytes are the same', () => {
    for (const script of scripts) {
      const { rounds, readsLate } = paced(script)
      assert.equal(rounds.map(textOf).join(''), script.rounds.map(textOf).join(''))
      assert.ok(!readsLate)
      for (const round of rounds) {
        assert.ok(round.parts.length === 1 && round.cuts.length === 0)
        assert.doesNotMatch(textOf(round), /\r\n\r\n./s)
      }
    }
  })
})

describe('describeScript()', () => {
  it('the description has the names of the parts and the bytes of each write', () => {
    const round = { parts: [{ ...sentinel, name: 'a', text: 'ab\r\n' }], cuts: [1] }
    const text = describeScript({ seed: 3, rounds: [round], ending: 'sentinel', readsLate: true })
    assert.equal(text, 'seed 3, sentinel, reads late\n  round 1: a\n    "a"\n    "b\\r\\n"')
  })
})
