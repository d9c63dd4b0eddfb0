import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { acceptedLanguages, favouriteLanguage } from '../../../src/http/fields/accepted-languages.ts'

describe('Accept-Language in one form', () => {
  const same: [field: string, form: string][] = [
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
  for (const [field, form] of same) {
    it(`of ${JSON.stringify(field)} is ${JSON.stringify(form)}`, () => {
      assert.equal(acceptedLanguages(field), form)
      assert.equal(acceptedLanguages(form), form)
    })
  }

  for (const odd of ['en;q=2', 'en;q=0.1234', 'en;level=1', 'en_GB', '"en"', 'en;q=']) {
    it(`stays as it is where it cannot be read: ${odd}`, () => {
      assert.equal(acceptedLanguages(`  ${odd}, de `), `${odd}, de`)
    })
  }

  it('is none where there is none', () => {
    assert.equal(acceptedLanguages(undefined), undefined)
  })

  it('of whatever is sent never throws, and never changes again', () => {
    const member = fc.tuple(
      fc.constantFrom('en', 'de-AT', '*', 'CY', 'x y', ''),
      fc.constantFrom('', ';q=0.5', '; q=1', ';q=9'),
    )
    const field = fc.oneof(
      fc.string(),
      fc.array(member).map((members) => members.map((m) => m.join('')).join(', ')),
    )
    fc.assert(
      fc.property(field, (some) => {
        const form = acceptedLanguages(some)
        assert.equal(acceptedLanguages(form), form)
        favouriteLanguage(some)
      }),
    )
  })
})

describe('the favourite language', () => {
  const favourites: [field: string | undefined, favourite: string | undefined][] = [
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
  for (const [field, favourite] of favourites) {
    it(`of ${JSON.stringify(field)} is ${favourite ?? 'none'}`, () => {
      assert.equal(favouriteLanguage(field), favourite)
    })
  }
})
