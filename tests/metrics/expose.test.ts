import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry, expose } from '../../src/metrics/index.ts'

test('a registry is exposed as text 0.0.4, whatever is asked for', async () => {
  const registry = createRegistry()
  registry.counter({ name: 'reads_total', help: 'Reads.' }).inc(7)
  const expected = {
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: '# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total 7\n',
  }
  assert.deepEqual(await expose(registry), expected)
  for (const accept of ['application/openmetrics-text; version=1.0.0', '*/*', 'nonsense;;q=']) {
    assert.deepEqual(await expose(registry, { accept, acceptEncoding: 'gzip' }), expected)
  }
})

test('what is exposed makes a response as it is', async () => {
  const registry = createRegistry()
  registry.gauge({ name: 'answer', help: 'The answer: \u00bd.' }).set(42)
  const { headers, body } = await expose(registry)
  const response = new Response(body, { headers })
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(await response.text(), '# HELP answer The answer: ½.\n# TYPE answer gauge\nanswer 42\n')
})
