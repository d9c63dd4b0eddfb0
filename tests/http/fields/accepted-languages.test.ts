import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { acceptedLanguages, favouriteLanguage } from '../../../src/http/fields/accepted-languages.ts'

describe('acceptedLanguages()', () => {
  const normalForms: [header: string, form: string][] = [
    ['en', 'en'],
    ['EN-gb', 'en-gb'],
    ['en;q=1.0', 'en'],
    ['en ; q = 0.50', 'en;q=0.5'],
    ['de;q=0.5, en', 'en,de;q=0.5'],
    ['en,de', 'de,en'],
    ['de , en', 'de,en'],
    ['en,,de,', 'de,en'],
    ['*', '*'],
    ['*;q=0.1,cy', 'cy,*;q=0.1'],
    ['en;q=0', 'en;q=0'],
    ['', ''],
  ]
  for (const [header, form] of normalForms) {
    it(`returns ${JSON.stringify(form)} for ${JSON.stringify(header)}`, () => {
      assert.equal(acceptedLanguages(header), form)
      assert.equal(acceptedLanguages(form), form)
    })
  }

  for (const invalid of ['en;q=2', 'en;q=0.1234', 'en;level=1', 'en_GB', '"en"', 'en;q=']) {
    it(`returns an invalid header unchanged: ${invalid}`, () => {
      assert.equal(acceptedLanguages(`  ${invalid}, de `), `${invalid}, de`)
    })
  }

  it('returns undefined without the header', () => {
    assert.equal(acceptedLanguages(undefined), undefined)
  })

  it('never throws, and is idempotent', () => {
    const member = fc.tuple(
      fc.constantFrom('en', 'de-AT', '*', 'CY', 'x y', ''),
      fc.constantFrom('', ';q=0.5', '; q=1', ';q=9'),
    )
    const header = fc.oneof(
      fc.string(),
      fc.array(member).map((members) => members.map((m) => m.join('')).join(', ')),
    )
    fc.assert(
      fc.property(header, (some) => {
        const form = acceptedLanguages(some)
        assert.equal(acceptedLanguages(form), form)
        favouriteLanguage(some)
      }),
    )
  })
})

describe('favouriteLanguage()', () => {
  const favourites: [header: string | undefined, favourite: string | undefined][] = [
    ['de', 'de'],
    ['en;q=0.5, DE-at', 'de-at'],
    ['en;q=0.5, *;q=0.1', 'en'],
    ['en, de', undefined],
    ['en;q=0.5, de;q=0.5, cy;q=0.1', undefined],
    ['*', undefined],
    ['*, en;q=0.5', undefined],
    ['en;q=0', undefined],
    ['en;q=2', undefined],
    ['', undefined],
    [undefined, undefined],
  ]
  for (const [header, favourite] of favourites) {
    it(`returns ${favourite} for ${JSON.stringify(header)}`, () => {
      assert.equal(favouriteLanguage(header), favourite)
    })
  }
})
