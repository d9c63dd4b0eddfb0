import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testApp } from '../../../support/test-app.ts'

describe('judgeResponse', () => {
  it('adds the option vary, and judges without a targetedControl that throws', async () => {
    const { app, cached, get, events, outcomes } = testApp()
    const targetedControl = () => {
      throw new Error('no rules')
    }
    app.get('/x', cached({ targetedControl, vary: 'x-tenant' }), (c) =>
      c.text('a', 200, { 'cache-control': 'max-age=60' }),
    )
    const response = await get('/x', { 'x-tenant': 'a' })
    assert.equal(response.headers.get('vary'), 'x-tenant')
    await get('/x', { 'x-tenant': 'a' })
    assert.deepEqual(outcomes, ['miss', 'hit'])
    const warnings = events.filter(({ type }) => type === 'warning')
    assert.deepEqual(
      warnings.map((event) => 'warning' in event && [event.warning, String(event.error)]),
      [['targeted-control', 'Error: cached: targetedControl threw an error']],
    )
  })
})
