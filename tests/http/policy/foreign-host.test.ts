import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dependsOnForeignHost } from '../../../src/http/policy/foreign-host.ts'

const readsHost = new Set(['host'])
const depends = (
  url: string,
  host: string | undefined,
  vary: string | null = null,
  headersRead = readsHost,
) => dependsOnForeignHost({ headersRead, host, url }, vary)

describe('dependsOnForeignHost', () => {
  it('a Host equal to the host of the URL is not foreign, in any case and with the default port', () => {
    for (const [url, host] of [
      ['http://a/x', 'a'],
      ['http://a/x', 'A'],
      ['http://a/x', 'a:80'],
      ['https://a/x', 'a:443'],
      ['http://a:81/x', 'a:81'],
      ['http://[::1]/x', '[::1]'],
    ] as const) {
      assert.equal(depends(url, host), false, `${url} ${host}`)
    }
  })

  it('any other Host is foreign, an invalid one too', () => {
    for (const host of ['b', 'a:81', 'a:443', 'a, b', 'u@a', 'a/b', 'a b', '']) {
      assert.equal(depends('http://a/x', host), true, host)
    }
    assert.equal(depends('/x', 'a'), true, 'a URL without a host')
  })

  it('a Host has no effect if it was not read, is missing, or is named by Vary', () => {
    assert.equal(depends('http://a/x', 'b', null, new Set(['cookie'])), false)
    assert.equal(depends('http://a/x', undefined), false)
    assert.equal(depends('http://a/x', 'b', 'accept, Host'), false)
  })
})
