import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { targetUrl, upstreamUrl } from '../../../src/cli/arguments/target-url.ts'

const problemOf = (text: string) => {
  const parsed = targetUrl(text)
  return 'problem' in parsed ? parsed.problem : parsed.value.href
}

describe('targetUrl', () => {
  it('a target is an http or https URL', () => {
    assert.equal(problemOf('HTTP://localhost:3000'), 'http://localhost:3000/')
    assert.equal(problemOf('https://example.com/a?b=c'), 'https://example.com/a?b=c')
  })

  it('a URL without a scheme gets a suggestion', () => {
    const start = 'must be a URL that begins with http:// or https://'
    assert.equal(problemOf('localhost:3000'), `${start}: http://localhost:3000`)
    assert.equal(problemOf('example.com/a'), `${start}: http://example.com/a`)
    for (const text of ['', 'ftp://example.com', 'http://', 'http://a b/', 'file:///etc/passwd', '--x']) {
      assert.equal(problemOf(text), start, text)
    }
  })

  it('a URL with a password or a fragment is refused', () => {
    assert.equal(problemOf('http://user:secret@localhost/'), 'must not contain a user name or password')
    assert.equal(problemOf('http://localhost/#a'), 'must not contain #')
  })
})

describe('upstreamUrl', () => {
  it('an upstream has a path, but no query', () => {
    assert.deepEqual(upstreamUrl('http://localhost:3000/base'), {
      value: new URL('http://localhost:3000/base'),
    })
    assert.deepEqual(upstreamUrl('http://localhost/?a=b'), { problem: 'must not contain a query' })
    assert.deepEqual(upstreamUrl('localhost'), targetUrl('localhost'))
  })
})
