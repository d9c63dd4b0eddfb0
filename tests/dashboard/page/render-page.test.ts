import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CacheFigures, DashboardData } from '../../../src/dashboard/data/dashboard-data.ts'
import { renderPage } from '../../../src/dashboard/page/render-page.ts'
import { cacheFigures, dashboardData, NO_READS, samplesOf } from '../../support/dashboard/sample-data.ts'

const LINKS = { css: 'd/dashboard.css', js: 'd/dashboard.js', data: 'd/data.json', purge: 'd/purge' }

const render = (changes: Partial<DashboardData> = {}) => renderPage(dashboardData(changes), LINKS)
const withCache = (changes: Partial<CacheFigures>) => render({ caches: [cacheFigures(changes)] })

/** The texts of the page, without tags, with plain spaces. */
const textOf = (html: string) =>
  html
    .replaceAll(/<(script|style|title|desc)\b.*?<\/\1>/gs, ' ')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('\u202f', ' ')
    .replaceAll(/\s+/g, ' ')

const all = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map(([, group = '']) => group)

/** Texts that would break a page which forgot to escape one. */
const HOSTILE = [
  '<script>alert(1)</script>',
  `"'><img src=x onerror=alert(1)>`,
  '</title></style></textarea><b>',
  '&lt;b&gt; `x`',
  'a\u0000\u001b[31m\nb\u202e\u2028',
  `/${'k'.repeat(16_000)}<b>`,
]

describe('renderPage', () => {
  it('shows the figures of each part', () => {
    const text = textOf(render())
    for (const part of [
      'hitrate 1.2.3 on node 24.0.0 up 1 h 2 min, as of 12:00:00 UTC',
      'Hit rate since the start 94.0 %',
      'hit 9 000 89.7 %',
      'stale 400 3.9 %',
      'Hits p50 12 µs p99 80 µs',
      'Loads p50 4.2 ms p99 1.8 s',
      '16 MiB of 64 MiB 25.0 %',
      'Entries 1 234 Mean size 13.3 KiB Evicted, for want of room 7 Evicted, expired 8',
      '½× 81.0 % −9.0',
      '1× 90.0 % now',
      '4× 96.0 % +6.0',
      '/api/user/1 25.0 % 500 B 1 min 5 s',
      'Memory tier up operations 10 000',
      'Loads ok 480 failed 20 Invalidations key 3 tags 2 all 1',
      'Audits same 30 different 0 failed 0',
      'GET /api/user/:id 9 000 20 100 µs 2 ms',
      'CPU 0.10 cores Memory 100 MiB Event loop p99 12.3 ms Threads 4 Thread restarts 0',
    ])
      assert.ok(text.includes(part), `${part} is not in: ${text}`)
  })

  it('has the exact values of rounded figures', () => {
    const html = withCache({ loads: { ok: 1_234_567, error: 0 } })
    assert.match(html, /<data value="1234567" title="1\u202f234\u202f567 ok">1\.23\u202fM<\/data>/)
    assert.match(html, /<data value="0.94">94\.0<\/data>/)
    assert.match(html, /<data value="0.000012" title="0.000012 s">12\u202fµs<\/data>/)
  })

  it('says what to do without reads, and shows no rate', () => {
    const html = renderPage(
      dashboardData({
        caches: [cacheFigures({ reads: NO_READS, hitRate: 0, latency: {} })],
        history: { everyMs: 2000, samples: [] },
      }),
      { ...LINKS, example: 'http://localhost:1/api/user/1' },
    )
    assert.match(
      textOf(html),
      /No reads yet\. Request a cached route twice.*curl -i http:\/\/localhost:1\/api\/user\/1/,
    )
    assert.match(html, /<data value="0">–<\/data>/)
  })

  it('leaves out what is absent, and says why where it will come', () => {
    const minimal = {
      at: 0,
      title: 't',
      caches: [{ name: 'a', latency: {}, tiers: [] }],
      routes: [],
      history: { everyMs: 2000, samples: [] },
    }
    const text = textOf(renderPage(minimal, LINKS))
    assert.match(text, /Not enough reads yet\./)
    assert.match(text, /The registry has no reads of this cache\./)
    assert.doesNotMatch(text, /Process|Purge|Hottest|undefined|NaN|Infinity|\[object/)
    assert.match(textOf(renderPage({ ...minimal, caches: [] }, LINKS)), /No requests yet/)
  })

  it('lists faults, by the name of their cache', () => {
    const html = render({
      caches: [
        cacheFigures({
          busUp: false,
          warnings: { 'depends-on': 2 },
          tiers: [{ tier: 'remote', isUp: false }],
        }),
        cacheFigures({ name: 'pages', audits: { same: 1, different: 1 } }),
      ],
    })
    assert.deepEqual(all(html, /<li><span class="badge bad"><svg.*?<\/svg>(.*?)<\/span>/g), [
      'users: The shared tier is down: reads go on without it',
      'users: Invalidations of other processes do not arrive',
      'users: 2 warnings about routes: see the log',
      'pages: 1 audit found a stored response that differs from a new one',
    ])
    assert.doesNotMatch(render(), /class="faults"/)
  })

  it('has a link to the section of each cache if there are several', () => {
    const html = render({ caches: [cacheFigures(), cacheFigures({ name: 'pages' })] })
    assert.deepEqual(all(html, /<a href="#(c\d)">/g), ['c0', 'c1'])
    assert.deepEqual(all(html, /<section class="cache" id="(c\d)"/g), ['c0', 'c1'])
    assert.doesNotMatch(render(), /<a href="#c0">/)
  })

  it('draws a gap where the counts began again', () => {
    const gaps = (hits: number[]) => {
      const html = render({ history: { everyMs: 2000, samples: samplesOf('users', hits) } })
      return all(html, /<path class="layer" fill="url\(#p-hit\)" d="([^"]+)"/g).map(
        (d) => d.split('M').length - 1,
      )
    }
    assert.deepEqual(gaps([0, 100, 200, 300, 400]), [1])
    assert.deepEqual(gaps([100, 200, 300, 10, 110, 210]), [2])
  })

  it('shows keys only if the data has them', () => {
    const top = {
      hottest: [{ bytes: 5, ageMs: 0 }],
      largest: [],
      examined: 1,
    }
    const text = textOf(withCache({ top }))
    assert.match(text, /Rank Size Age Fresh for 1 5 B 0 s always Keys are shown with the option showKeys/)
    assert.match(text, /Largest entries Nothing is stored\./)
  })

  it('asks for a token only if purges need one', () => {
    assert.match(render(), /<input type="password" name="token" autocomplete="off" required>/)
    assert.doesNotMatch(render({ purge: { needsToken: false } }), /name="token"/)
    const form = /<form method="post" action="d\/purge"/
    assert.match(render(), form)
    const { purge: _, ...without } = dashboardData()
    assert.doesNotMatch(renderPage(without, LINKS), form)
  })
})

describe('the HTML of the page', () => {
  it('loads its own files alone, and has no inline script or style', () => {
    const html = render()
    assert.deepEqual(all(html, /\ssrc="([^"]*)"/g), ['d/dashboard.js'])
    assert.deepEqual(all(html, /<link rel="stylesheet" href="([^"]*)"/g), ['d/dashboard.css'])
    assert.doesNotMatch(
      html,
      /\sstyle=|<style|\son\w+=|javascript:|<script(?! type="module" src=)|https?:\/\/(?!www\.w3\.org)/,
    )
  })

  it('has unique ids, and a target for each reference', () => {
    const html = render({ caches: [cacheFigures(), cacheFigures({ name: 'pages' })] })
    const ids = all(html, /\sid="([^"]+)"/g)
    assert.deepEqual([...new Set(ids)], ids)
    const named = all(html, /aria-labelledby="([^"]+)"/g).flatMap((list) => list.split(' '))
    const linked = [...all(html, /\shref="#([^"]+)"/g), ...all(html, /url\(#([^)]+)\)/g)]
    assert.deepEqual(
      [...named, ...linked].filter((id) => !ids.includes(id)),
      [],
    )
  })

  for (const text of HOSTILE) {
    it(`escapes ${JSON.stringify(text.slice(0, 40))} wherever it stands`, () => {
      const named = { [text]: 1 }
      const hostile = dashboardData({
        title: text,
        build: { version: text, runtime: text },
        caches: [
          cacheFigures({
            name: text,
            tiers: [{ tier: text, isUp: false, operations: 1, errors: 1 }],
            evictions: named,
            invalidations: named,
            warnings: named,
            audits: { ...named, different: 1 },
            top: {
              hottest: [{ key: text, bytes: 1, ageMs: 1, freshForMs: 1 }],
              largest: [{ key: text, bytes: 1, ageMs: 1, freshForMs: 1 }],
              examined: 1,
            },
          }),
          cacheFigures({ name: text }),
        ],
        routes: [{ method: text, route: text, requests: 1, errors: 1 }],
        history: { everyMs: 2000, samples: samplesOf(text, [1, 2, 3]) },
      })
      const html = renderPage(hostile, { css: text, js: text, data: text, purge: text, example: text })
      const tags = (page: string) => all(page, /<(\/?[a-z][\w-]*)/gi).filter((tag) => tag !== 'b').length
      const calm = JSON.parse(JSON.stringify(hostile).replaceAll(JSON.stringify(text).slice(1, -1), 'calm'))
      const expected = renderPage(calm, {
        css: 'calm',
        js: 'calm',
        data: 'calm',
        purge: 'calm',
        example: 'calm',
      })
      assert.equal(tags(html), tags(expected))
      assert.doesNotMatch(html, /<script>|<img|<b>|<\/style>|&amp;amp;|[\u202e\u2028]/)
      assert.ok(!html.includes('\u0000') && !html.includes('\u001b'))
    })
  }

  it('stays small with keys of 16,000 characters', () => {
    const entry = { key: 'k'.repeat(16_000), bytes: 1, ageMs: 1, freshForMs: 1 }
    const entries = Array.from({ length: 10 }, () => entry)
    const html = withCache({ top: { hottest: entries, largest: entries, examined: 20 } })
    assert.ok(html.length - render().length < 12_000, String(html.length))
    assert.match(html, /\(16\u202f000 characters\)/)
  })
})
