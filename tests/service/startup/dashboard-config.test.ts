import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../../src/service/startup/config.ts'
import { problems, withHost } from '../../support/config-problems.ts'

const API_TOKEN = 'a-token-for-writes'
const METRICS_TOKEN = 'a-token-for-scrapes'
const ADMIN_TOKEN = 'a-token-for-purges'
const onWorkers = { defaultHost: undefined }

const modeOf = (environment: Record<string, string>, options: Parameters<typeof readConfig>[1] = withHost) =>
  readConfig(environment, options).dashboard

describe('DASHBOARD', () => {
  it('is on by default for loopback', () => {
    for (const HOST of ['127.0.0.1', 'localhost', '[::1]', '127.0.0.2']) assert.equal(modeOf({ HOST }), 'on')
    assert.equal(modeOf({ ADMIN_TOKEN }), 'on')
  })

  it('needs a token by default for loopback if scrapes need one, unless it is set', () => {
    assert.equal(modeOf({ METRICS_TOKEN }), 'token')
    assert.equal(modeOf({ METRICS_TOKEN, DASHBOARD: 'on' }), 'on')
  })

  it('is off by default for other addresses and for Workers', () => {
    assert.equal(modeOf({ HOST: '0.0.0.0', API_TOKEN }), 'off')
    assert.equal(modeOf({ HOST: '0.0.0.0', API_TOKEN, METRICS_TOKEN }), 'off')
    assert.equal(modeOf({}, onWorkers), 'off')
    assert.equal(modeOf({ METRICS_TOKEN }, onWorkers), 'off')
  })

  it('accepts a token with either token, on every host', () => {
    for (const token of [{ METRICS_TOKEN }, { ADMIN_TOKEN }]) {
      assert.equal(modeOf({ DASHBOARD: 'token', ...token }), 'token')
      assert.equal(modeOf({ DASHBOARD: 'token', HOST: '0.0.0.0', API_TOKEN, ...token }), 'token')
      assert.equal(modeOf({ DASHBOARD: 'token', ...token }, onWorkers), 'token')
    }
    assert.equal(modeOf({ DASHBOARD: 'off' }), 'off')
  })

  it('is refused without a token that it needs', () => {
    const problem = 'DASHBOARD: token needs METRICS_TOKEN or ADMIN_TOKEN: set one of them, or DASHBOARD=off'
    assert.deepEqual(problems({ DASHBOARD: 'token' }), [problem])
    assert.deepEqual(problems({ DASHBOARD: 'token', API_TOKEN }), [problem])
  })

  it('on is refused where others could see the page, with what to do', () => {
    const remedy = 'set DASHBOARD=token, and METRICS_TOKEN or ADMIN_TOKEN'
    assert.deepEqual(problems({ DASHBOARD: 'on', HOST: '0.0.0.0', API_TOKEN }), [
      `DASHBOARD: must be token or off, because HOST 0.0.0.0 is reachable from other machines: ${remedy}`,
    ])
    assert.deepEqual(problems({ DASHBOARD: 'on' }, onWorkers), [
      `DASHBOARD: must be token or off, because everyone reaches a Worker: ${remedy}`,
    ])
  })

  it('is refused with another value', () => {
    assert.deepEqual(problems({ DASHBOARD: 'yes' }), ['DASHBOARD: must be on, token or off'])
  })
})
