import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { proxyAnnouncement } from '../../../src/proxy/process/proxy-announcement.ts'
import { proxyConfig } from '../../../src/proxy/proxy-config.ts'
import type { ProxyOptions } from '../../../src/proxy/proxy-options.ts'

const environment = {
  defaultSocketHits: true,
  singleThreadReason: undefined,
  memoryLimit: () => 2 ** 30,
  random: 'abc',
}

function announced(options: Partial<ProxyOptions>) {
  const config = proxyConfig({ upstream: 'http://a.example', ...options }, environment)
  return proxyAnnouncement({ config, host: config.host, port: 8080, version: '1.0.0', runtime: 'node 24' })
}

describe('proxyAnnouncement', () => {
  it('shows the URL of the page', () => {
    const { text, fields } = announced({})
    assert.equal(
      text,
      `
hitrate 1.0.0 on node 24
  proxy     http://127.0.0.1:8080 -> http://a.example/
  page      http://127.0.0.1:8080/__hitrate
  cache     64 MiB of memory
  lifetime  as the upstream says
  metrics   http://127.0.0.1:8080/__hitrate/metrics
  try       curl -i http://127.0.0.1:8080/

`,
    )
    assert.equal(fields.page, 'http://127.0.0.1:8080/__hitrate')
  })

  it('shows no URL of a page that is off', () => {
    const { text, fields } = announced({ host: '0.0.0.0' })
    assert.match(text, /^ {2}page {6}off without --token$/m)
    assert.doesNotMatch(text, /__hitrate/)
    assert.equal(fields.page, undefined)
  })

  it('says that the page needs the token, without showing it', () => {
    const { text } = announced({ host: '::', token: 'a-token-of-the-page' })
    assert.match(text, /^ {2}page {6}http:\/\/\[::\]:8080\/__hitrate, the token is the password$/m)
    assert.doesNotMatch(text, /a-token/)
  })
})
