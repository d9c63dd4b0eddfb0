import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { negotiate } from '../../../src/metrics/exposition/negotiation.ts'
import { cpuMs } from '../../support/cpu-ms.ts'

const text = 'text/plain; version=0.0.4; charset=utf-8'
const text1 = 'text/plain; version=1.0.0; charset=utf-8'
const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const openMetrics0 = 'application/openmetrics-text; version=0.0.1; charset=utf-8'
const protobuf =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

const askForProtobuf = protobuf.replaceAll(' ', '')

function contentType(accept: string | undefined): string {
  return negotiate(accept, undefined, []).contentType
}

/** One test per row: the Accept header, and the expected content type. */
function table(rows: readonly (readonly [accept: string | undefined, expected: string])[]): void {
  for (const [accept, expected] of rows) {
    const title = accept === undefined ? 'nothing' : JSON.stringify(accept).slice(0, 300)
    it(title, () => assert.equal(contentType(accept), expected))
  }
}

describe('Accept headers of known clients', () => {
  const prometheus3 =
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
  table([
    // Prometheus 2.42
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      openMetrics,
    ],
    // Prometheus 2.42 with native histograms
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      protobuf,
    ],
    // Prometheus 3, without and with native histograms
    [prometheus3, `${openMetrics}; escaping=allow-utf-8`],
    [`${askForProtobuf};escaping=allow-utf-8;q=0.7,${prometheus3}`, `${protobuf}; escaping=allow-utf-8`],
    // curl, and a browser
    ['*/*', text],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', text],
    [undefined, text],
    ['', text],
  ])
})

describe('each format can be requested', () => {
  table([
    ['text/plain', text],
    ['text/plain;version=0.0.4', text],
    ['text/plain; version=1.0.0', text1],
    ['application/openmetrics-text', openMetrics],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', openMetrics],
    ['application/openmetrics-text;version=0.0.1', openMetrics0],
    ['application/openmetrics-text;version="1.0.0"', openMetrics],
    ['APPLICATION/OpenMetrics-Text;VERSION=1.0.0', openMetrics],
    ['application/vnd.google.protobuf', protobuf],
    [askForProtobuf, protobuf],
  ])
})

describe('the greatest weight wins, the first among equals', () => {
  table([
    ['text/plain;q=0.5,application/openmetrics-text;q=0.6', openMetrics],
    ['text/plain;q=0.6,application/openmetrics-text;q=0.5', text],
    ['text/plain;q=0.501,application/openmetrics-text;q=0.5', text],
    ['application/openmetrics-text,text/plain', openMetrics],
    ['text/plain,application/openmetrics-text', text],
    ['application/openmetrics-text;version=0.0.1,application/openmetrics-text;version=1.0.0', openMetrics0],
    [`text/plain;version=1.0.0,${askForProtobuf}`, text1],
    [`${askForProtobuf},text/plain;version=1.0.0`, protobuf],
  ])
})

describe('the most specific range decides', () => {
  table([
    ['application/openmetrics-text;q=0.2,*/*;q=0.5', text],
    ['text/plain;q=0.2,*/*;q=0.5', openMetrics],
    ['*/*;q=0.9,text/plain;version=0.0.4;q=0.1,text/plain;q=0.2,application/*;q=0.3', openMetrics],
    ['text/*;q=0.3,text/plain;q=0.7,text/plain;version=1.0.0,*/*;q=0.5', text1],
    ['application/*', openMetrics],
    ['application/*,application/openmetrics-text;q=0', protobuf],
    ['text/*', text],
    ['application/openmetrics-text;q=0.1,application/openmetrics-text;version=0.0.1;q=0.2', openMetrics0],
  ])
})

describe('a weight of 0 excludes', () => {
  table([
    ['text/plain;q=0,*/*', openMetrics],
    ['text/plain;q=0.0,application/openmetrics-text;q=0.000,*/*;q=0.1', protobuf],
    ['application/openmetrics-text;q=0,*/*;q=0.1', text],
    ['text/plain;version=0.0.4;q=0,text/plain;q=0.1', text1],
  ])
})

describe('formats that are not available become text 0.0.4', () => {
  table([
    ['*/*;q=0', text],
    ['text/plain;q=0', text],
    ['image/png', text],
    ['application/json;q=1', text],
    ['text/plain;version=2.0.0', text],
    ['application/openmetrics-text;version=2.0.0', text],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text', text],
    ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=compact-text', text],
    ['application/vnd.google.protobuf;proto=io.prometheus.write.v2.Request', text],
    // Other formats in the same header are still available.
    [
      'application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=0.0.1;q=0.1',
      openMetrics0,
    ],
  ])
})

describe('escaping', () => {
  const asked = (escaping: string) => `application/openmetrics-text;version=1.0.0;escaping=${escaping}`
  table([
    [asked('allow-utf-8'), `${openMetrics}; escaping=allow-utf-8`],
    [asked('underscores'), `${openMetrics}; escaping=underscores`],
    [asked('values'), `${openMetrics}; escaping=values`],
    [asked('dots'), `${openMetrics}; escaping=underscores`],
    [asked('"values"'), `${openMetrics}; escaping=values`],
    [asked('unheard-of'), openMetrics],
    [asked(''), openMetrics],
    ['text/plain;version=1.0.0;escaping=values', `${text1}; escaping=values`],
    ['text/plain;version=0.0.4;escaping=underscores', `${text}; escaping=underscores`],
    ['text/plain;escaping=dots', `${text}; escaping=underscores`],
    [`${asked('values')};q=0.1,application/openmetrics-text;version=1.0.0;q=0.9`, openMetrics],
    [
      `${asked('values')};q=0.9,application/openmetrics-text;version=1.0.0;q=0.1`,
      `${openMetrics}; escaping=values`,
    ],
    [`${asked('values')};q=0,*/*;q=0.1`, text],
  ])
})

describe('other parameters are ignored', () => {
  table([
    ['application/openmetrics-text;version=1.0.0;charset=utf-8', openMetrics],
    ['application/openmetrics-text;charset=us-ascii;foo="bar,baz;q=0"', openMetrics],
    ['text/plain;q=0.1;foo=bar,application/openmetrics-text;q=0.2;bar', openMetrics],
  ])
})

describe('malformed headers', () => {
  table([
    ['nonsense;;q=', text],
    ['application/openmetrics-text;q=high', text],
    ['application/openmetrics-text;q=1.5', text],
    ['application/openmetrics-text;q=-1', text],
    ['application/openmetrics-text;;;version=1.0.0;', openMetrics],
    [',,,application/openmetrics-text,,,', openMetrics],
    ['application/openmetrics-text;version="1.0.0', openMetrics],
    ['application/openmetrics-text;version=1.0.0"', text],
    ['*', text],
    ['*/plain', text],
    ['text', text],
    ['\0', text],
    ['"', text],
    ['application/openmetrics-text'.repeat(1000), text],
    [`${'x/y,'.repeat(2000)}application/openmetrics-text`, text],
  ])

  it('malformed headers never throw', () => {
    const pieces = fc.constantFrom(
      ...[
        'text/plain',
        'application/openmetrics-text',
        '*/*',
        ';',
        ',',
        '=',
        '"',
        '\\',
        ' ',
        'q',
        '0.5',
        '1',
      ],
      ...[
        'version',
        '1.0.0',
        '0.0.4',
        'escaping',
        'dots',
        'gzip',
        'zstd',
        'identity',
        '*',
        '__proto__',
        '\0',
      ],
    )
    const field = fc.oneof(
      fc.string(),
      fc.array(pieces).map((all) => all.join('')),
    )
    const known = [text, text1, openMetrics, openMetrics0, protobuf]
    fc.assert(
      fc.property(field, field, (accept, acceptEncoding) => {
        const { contentType, encoding } = negotiate(accept, acceptEncoding, ['zstd', 'gzip'])
        assert.ok(known.includes(contentType.replace(/; escaping=(allow-utf-8|underscores|values)$/, '')))
        assert.ok(['zstd', 'gzip', 'identity'].includes(encoding))
      }),
    )
  })

  it('the time is proportional to the length of the header', () => {
    const hostile = [
      ...[',', ';', '"', '\\', '=', ' ', '*/*,', 'a;', '*/*;q=0.5,', '"\\', ';escaping=dots'],
      'application/openmetrics-text;version=1.0.0;escaping=values;q=0.1,',
    ].map((piece) => piece.repeat(1e6 / piece.length))
    const startedAt = cpuMs()
    for (const field of hostile) {
      for (const length of [4096, field.length]) {
        negotiate(field.slice(0, length), field.slice(0, length), ['zstd', 'gzip'])
      }
    }
    assert.ok(cpuMs() - startedAt < 1000)
  })
})

describe('compression', () => {
  const cases: [acceptEncoding: string | undefined, encoding: string, takesIdentity?: boolean][] = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['zstd', 'zstd'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, deflate, br', 'gzip'],
    ['zstd;q=0.5, gzip;q=1.0', 'gzip'],
    ['gzip;q=0.5, zstd;q=0.501', 'zstd'],
    ['*', 'zstd'],
    ['*, zstd;q=0', 'gzip'],
    ['*;q=0.1, gzip;q=0.2', 'gzip'],
    ['identity', 'identity'],
    ['identity, gzip', 'gzip'],
    ['identity, gzip;q=0.5', 'identity'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['br', 'identity'],
    ['gzip;q=high', 'identity'],
    ['identity;q=0, gzip', 'gzip', false],
    ['gzip, *;q=0', 'gzip', false],
    ['gzip, *;q=0, identity;q=0.1', 'gzip'],
    // No acceptable encoding is available: an unacceptable response is better than none.
    ['identity;q=0', 'identity', false],
    ['br, *;q=0', 'identity', false],
  ]
  for (const [acceptEncoding, encoding, takesIdentity = true] of cases) {
    it(JSON.stringify(acceptEncoding) ?? 'nothing', () => {
      const chosen = negotiate(undefined, acceptEncoding, ['zstd', 'gzip'])
      assert.deepEqual([chosen.encoding, chosen.takesIdentity], [encoding, takesIdentity])
    })
  }

  it('only available encodings are chosen', () => {
    assert.equal(negotiate(undefined, 'zstd, gzip', ['gzip']).encoding, 'gzip')
    assert.equal(negotiate(undefined, 'zstd', ['gzip']).encoding, 'identity')
    assert.equal(negotiate(undefined, 'zstd, gzip, *', []).encoding, 'identity')
  })
})
