import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../../src/service/startup/config.ts'
import { problems, withHost } from '../../support/config-problems.ts'

const originsOf = (CORS_ORIGINS: string) => readConfig({ CORS_ORIGINS }, withHost).corsOrigins

describe('CORS_ORIGINS', () => {
  it('is * or a list of origins, each once', () => {
    assert.equal(originsOf(''), undefined)
    assert.equal(originsOf(' * '), '*')
    assert.deepEqual(
      originsOf(
        'https://a.example, http://localhost:5173,https://a.example,http://[::1]:3000,capacitor://localhost',
      ),
      ['https://a.example', 'http://localhost:5173', 'http://[::1]:3000', 'capacitor://localhost'],
    )
  })

  for (const bad of [
    'a.example',
    'https://a.example/',
    'https://a.example/path',
    'https://a.example?x',
    'https://a.example#x',
    'https://kim@a.example',
    'https://a.example:443',
    'https://A.example',
    'https://*.example',
    'https://a b',
    'file://',
    'null',
    '*',
    '',
  ]) {
    it(`refuses ${JSON.stringify(bad)} in a list, and names it`, () => {
      assert.deepEqual(problems({ CORS_ORIGINS: `https://b.example,${bad}` }), [
        `CORS_ORIGINS: must be * or origins such as https://app.example.com, without a path, got ${JSON.stringify(bad)}`,
      ])
    })
  }
})
