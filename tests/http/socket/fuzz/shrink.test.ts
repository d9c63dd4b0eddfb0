import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateScript } from './generate/generate-script.ts'
import { countParts, type Script, textOf, writesOf } from './script.ts'
import { shorterScripts, shrink } from './shrink.ts'

const all = (script: Script) => script.rounds.map(textOf).join('')
const part = (text: string) => ({ name: 'part', method: 'GET', text })

describe('shrink()', () => {
  it('only the part and the line that fail remain', async () => {
    const script: Script = {
      seed: 1,
      rounds: [
        { parts: [part('GET / HTTP/1.1\r\nA: 1\r\n\r\n')], cuts: [3] },
        { parts: [part('GET / HTTP/1.1\r\nA: 1\r\nBAD: 2\r\n\r\n'), part('GET /x\r\n\r\n')], cuts: [5, 9] },
      ],
      ending: 'half-close',
      readsLate: true,
    }
    const shortest = await shrink(script, async (shorter) => all(shorter).includes('BAD'))
    assert.deepEqual(shortest, {
      seed: 1,
      rounds: [{ parts: [part('BAD: 2\r\n\r\n')], cuts: [] }],
      ending: 'sentinel',
      readsLate: false,
    })
  })

  it('a cut that is needed remains', async () => {
    const script: Script = {
      seed: 1,
      rounds: [{ parts: [part('abcdef')], cuts: [1, 3, 5] }],
      ending: 'sentinel',
      readsLate: false,
    }
    const needsCut = async (shorter: Script) =>
      shorter.rounds.some((round) => writesOf(round).includes('def'))
    assert.deepEqual((await shrink(script, needsCut)).rounds[0]?.cuts, [3])
  })

  it('a long run of one character becomes shorter', async () => {
    const rounds = [{ parts: [part(`X: ${'x'.repeat(9000)}`)], cuts: [] }]
    const script: Script = { seed: 1, rounds, ending: 'sentinel', readsLate: false }
    const shortest = await shrink(script, async (shorter) => all(shorter).length > 100)
    assert.ok(all(shortest).length < 250)
  })
})

describe('shorterScripts()', () => {
  it('each one is valid', () => {
    for (let seed = 1; seed < 100; seed++) {
      for (const shorter of shorterScripts(generateScript(seed))) {
        assert.ok(countParts(shorter) <= countParts(generateScript(seed)))
        for (const round of shorter.rounds) assert.equal(writesOf(round).join(''), textOf(round))
      }
    }
  })
})
