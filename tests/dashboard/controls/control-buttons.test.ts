import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Hono } from 'hono'
import type { DashboardControl } from '../../../src/dashboard/controls/control.ts'
import { dashboard } from '../../../src/dashboard/dashboard.ts'
import type { DashboardData } from '../../../src/dashboard/data/dashboard-data.ts'
import { createRegistry } from '../../../src/metrics/index.ts'

/** An app with the page at `/status` and two buttons. */
function open() {
  let isOn = false
  const controls: DashboardControl[] = [
    {
      label: 'Break <it>',
      description: 'Breaks & mends it.',
      isOn: () => isOn,
      async action() {
        isOn = !isOn
        return isOn ? 'It is broken "now".' : 'It works.'
      },
    },
    { label: 'Fail', description: 'Fails.', action: () => Promise.reject(new Error('no crowd')) },
  ]
  const app = new Hono()
  app.route('/status', dashboard({ registry: createRegistry(), controls }))
  const press = (button: string, headers: Record<string, string> = {}) =>
    app.request(`http://localhost/status/control${button}`, { method: 'POST', headers })
  const data = async () => (await (await app.request('/status/data.json')).json()) as DashboardData
  const page = async () => (await app.request('/status')).text()
  return { app, press, data, page, isOn: () => isOn }
}

describe('buttons of the app', () => {
  it('are forms of the page, with their texts escaped', async () => {
    const html = await open().page()
    assert.match(html, /<form method="post" action="\.\/status\/control\?button=0">/)
    assert.match(html, /aria-pressed="false">Break &lt;it&gt;<\/button>/)
    assert.match(html, /Breaks &amp; mends it\./)
    assert.match(html, /<button [^>]*aria-describedby="control-1-d">Fail<\/button>/)
  })

  it('do their action, lead back to the page, and leave the result there', async () => {
    const { press, data, page, isOn } = open()
    const response = await press('?button=0')
    assert.deepEqual([response.status, response.headers.get('location')], [303, './'])
    assert.equal(isOn(), true)
    assert.deepEqual((await data()).controls, [
      {
        label: 'Break <it>',
        description: 'Breaks & mends it.',
        isOn: true,
        result: 'It is broken "now".',
      },
      { label: 'Fail', description: 'Fails.' },
    ])
    const html = await page()
    assert.match(html, /aria-pressed="true">Break &lt;it&gt;: on<\/button>/)
    assert.match(html, /<p role="status" id="control-0-r">It is broken &quot;now&quot;\.<\/p>/)
    await press('?button=0')
    assert.equal((await data()).controls?.[0]?.result, 'It works.')
  })

  it('say that an action failed, and why', async () => {
    const { press, data } = open()
    assert.equal((await press('?button=1')).status, 303)
    assert.equal((await data()).controls?.[1]?.result, 'Failed: no crowd')
  })

  it('are not pressed by a page of another origin', async () => {
    const { press, isOn } = open()
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const response = await press('?button=0', headers)
      assert.equal(response.status, 403)
      assert.match(await response.text(), /A button must be pressed on the page itself/)
    }
    assert.equal(isOn(), false)
    await press('?button=0', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' })
    assert.equal(isOn(), true)
  })

  it('are pressed by a POST that names one of them', async () => {
    const { app, press } = open()
    for (const button of ['?button=2', '?button=-1', '?button=x', '?button=', ''])
      assert.equal((await press(button)).status, 404, button)
    assert.equal((await app.request('/status/control?button=0')).status, 404)
  })

  it('are absent without the option', async () => {
    const app = dashboard({ registry: createRegistry() })
    assert.equal((await app.request('/control?button=0', { method: 'POST' })).status, 404)
    assert.doesNotMatch(await (await app.request('/')).text(), /id="controls"/)
    assert.equal(((await (await app.request('/data.json')).json()) as DashboardData).controls, undefined)
  })

  it('must have a label, a description and an action', () => {
    assert.throws(
      () => dashboard({ registry: createRegistry(), controls: [{ label: 'Break' } as DashboardControl] }),
      /dashboard: .*controls.* an array of objects with label, description and action/,
    )
  })
})
