import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tokenVariables } from '../../../src/service/startup/token-config.ts'
import { problems } from '../../support/config-problems.ts'

const SIXTEEN = '0123456789abcdef'
const names = Object.keys(tokenVariables)

describe('the configuration of tokens', () => {
  for (const name of names) {
    it(`refuses ${name} below 16 characters, without the value in the message`, () => {
      const short = SIXTEEN.slice(1)
      assert.deepEqual(problems({ [name]: short }), [`${name}: must have at least 16 characters`])
      assert.deepEqual(problems({ [name]: SIXTEEN }), [])
    })

    it(`refuses ${name} with characters that a header cannot carry, with one complaint`, () => {
      for (const value of ['two words', 'two words of a long token', 'clé-de-dix-huit-lettres', 'a\u0000b'])
        assert.deepEqual(problems({ [name]: value }), [
          `${name}: must be printable ASCII without spaces, because it is sent in a header`,
        ])
    })

    for (const other of names.slice(0, names.indexOf(name))) {
      it(`refuses ${name} with the value of ${other}`, () => {
        assert.deepEqual(problems({ [name]: SIXTEEN, [other]: SIXTEEN }), [
          `${name}: must differ from ${other}, because each token allows other requests`,
        ])
        assert.deepEqual(problems({ [name]: SIXTEEN, [other]: `${SIXTEEN}0` }), [])
      })
    }
  }

  it('complains about a short token on an address that other machines reach, and not about a missing one', () => {
    assert.deepEqual(problems({ HOST: '0.0.0.0', API_TOKEN: 'x' }), [
      'API_TOKEN: must have at least 16 characters',
    ])
  })
})
