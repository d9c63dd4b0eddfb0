import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isInBackground } from '../../../src/http/context/background-refresh.ts'
import { testApp } from '../../support/test-app.ts'

describe('isInBackground', () => {
  it('an error handler sees which of its calls come from a background refresh', async () => {
    const { app, cached, clock, get, settled } = testApp()
    let isBroken = false
    const calls: boolean[] = []
    app.get('/x', cached({ targetedControl: 'max-age=1, stale-while-revalidate=60' }), (c) => {
      if (isBroken) throw new Error('broken')
      return c.text('x')
    })
    app.onError((_, c) => {
      calls.push(isInBackground(c))
      return c.text('error', 500)
    })
    await get('/x')
    isBroken = true
    clock.ms += 2000
    await get('/x')
    await settled()
    clock.ms += 60_000
    await get('/x')
    assert.deepEqual(calls, [true, false])
  })
})
