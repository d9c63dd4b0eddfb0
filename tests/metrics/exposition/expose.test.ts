import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { renderOpenMetrics } from '../../../src/metrics/exposition/openmetrics.ts'
import { renderProtobuf } from '../../../src/metrics/exposition/protobuf.ts'
import { renderText } from '../../../src/metrics/exposition/text.ts'
import { createRegistry, expose } from '../../../src/metrics/index.ts'
import { everything, scalar, snapshotOf } from './snapshots.ts'

const small = snapshotOf(scalar('counter', { name: 'reads_total', help: 'Reads.' }, { value: 7 }))
const Vary = 'Accept, Accept-Encoding'

/** The part of a registry that `expose` uses. */
const holding = (snapshot: typeof small) => ({ collect: () => snapshot })

it('expose without headers returns text 0.0.4', async () => {
  assert.deepEqual(await expose(holding(small)), {
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', Vary },
    body: '# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total 7\n',
  })
})

it('expose throws for an unknown or mistyped option and for anything but a registry', async () => {
  const calls = {
    'expose: unknown option "accpt"; did you mean "accept"?': () =>
      expose(holding(small), { accpt: 'text/plain' } as never),
    'expose: acceptEncoding must be a string, got 1': () =>
      expose(holding(small), { acceptEncoding: 1 } as never),
    'expose: registry must be a registry such as createRegistry(), or an array of different registries, got an object':
      () => expose({} as never),
  }
  for (const [message, call] of Object.entries(calls)) await assert.rejects(call, new TypeError(message))
})

it('expose renders several registries as one', async () => {
  const twice = [holding(small), holding(small)]
  assert.equal(
    (await expose(twice)).body,
    '# HELP reads_total Reads.\n# TYPE reads_total counter\nreads_total 14\n',
  )
})

it('expose waits for a source that needs a while', async () => {
  const late = { collect: () => Promise.resolve(small) }
  assert.deepEqual(await expose(late), await expose(holding(small)))
})

describe('expose returns the requested format', () => {
  const formats = [
    ['text/plain; version=0.0.4; charset=utf-8', renderText],
    ['text/plain; version=1.0.0; charset=utf-8', renderText],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', renderOpenMetrics],
    ['application/openmetrics-text; version=0.0.1; charset=utf-8', renderOpenMetrics],
    [
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      renderProtobuf,
    ],
  ] as const
  for (const [contentType, render] of formats) {
    it(contentType, async () => {
      assert.deepEqual(await expose(holding(everything), { accept: contentType }), {
        headers: { 'Content-Type': contentType, Vary },
        body: render(everything),
      })
    })
  }
})

describe('compression of the body', () => {
  const text = renderText(everything)

  it('expose compresses with the requested encoding', async () => {
    const gzip = await expose(holding(everything), { acceptEncoding: 'gzip' })
    assert.equal(gzip.headers['Content-Encoding'], 'gzip')
    assert.equal(gunzipSync(gzip.body).toString(), text)
    const zstd = await expose(holding(everything), { acceptEncoding: 'gzip, zstd' })
    assert.deepEqual(zstd.headers, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
      Vary,
      'Content-Encoding': 'zstd',
    })
    assert.equal(zstdDecompressSync(zstd.body).toString(), text)
  })

  it('expose compresses protobuf', async () => {
    const { headers, body } = await expose(holding(everything), {
      accept: 'application/vnd.google.protobuf',
      acceptEncoding: 'gzip',
    })
    assert.equal(headers['Content-Encoding'], 'gzip')
    assert.deepEqual(new Uint8Array(gunzipSync(body)), renderProtobuf(everything))
  })

  it('expose compresses a short body only if identity is excluded', async () => {
    const { headers, body } = await expose(holding(small), { acceptEncoding: 'gzip' })
    assert.deepEqual([headers['Content-Encoding'], body], [undefined, renderText(small)])
    const forced = await expose(holding(small), { acceptEncoding: 'gzip, identity;q=0' })
    assert.equal(forced.headers['Content-Encoding'], 'gzip')
    assert.equal(gunzipSync(forced.body).toString(), renderText(small))
  })

  it('expose does not compress without an acceptable encoding', async () => {
    for (const acceptEncoding of ['', 'identity', 'br', 'gzip;q=0']) {
      const { headers, body } = await expose(holding(everything), { acceptEncoding })
      assert.deepEqual([headers['Content-Encoding'], headers.Vary, body], [undefined, Vary, text])
    }
  })
})

it('an exposition can be passed to Response', async () => {
  const registry = createRegistry()
  registry.gauge({ name: 'answer', help: 'The answer: \u00bd.' }).set(42)
  const { headers, body } = await expose(registry)
  const response = new Response(body as string, { headers })
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(response.headers.get('vary'), Vary)
  assert.equal(await response.text(), '# HELP answer The answer: ½.\n# TYPE answer gauge\nanswer 42\n')
})

it('expose rejects with the error of the registry', async () => {
  const collect = () => {
    throw new Error('broken')
  }
  await assert.rejects(expose({ collect }, { acceptEncoding: 'gzip' }), /broken/)
})
