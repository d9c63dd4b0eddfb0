import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Hono } from 'hono'
import { httpMetrics } from '../../src/http/measured/http-metrics.ts'
import { createInstruments } from '../../src/instruments/create-instruments.ts'
import { renderText } from '../../src/metrics/exposition/text.ts'
import { createRegistry, declareProcessMetrics, expose, type Registry } from '../../src/metrics/index.ts'
import { strictRegistry } from '../support/strict-registry.ts'

const labels = { a: ['x', 'y'], b: { max: 3 } } as const

describe('an equal declaration', () => {
  it('an equal declaration returns the same metric, which keeps its counts', () => {
    const registry = strictRegistry()
    const declarations: (() => unknown)[] = [
      () => registry.counter({ name: 'a_total', help: 'A.' }),
      () => registry.counter({ name: 'b_total', help: 'B.', labels }),
      () => registry.gauge({ name: 'c', help: 'C.' }),
      () => registry.gauge({ name: 'd', help: 'D.', labels, threads: 'latest' }),
      () => registry.histogram({ name: 'e', help: 'E.', buckets: [1] }),
      () => registry.histogram({ name: 'f', help: 'F.', labels, native: true }),
    ]
    for (const declare of declarations) assert.equal(declare(), declare())
    const count = () => {
      registry.counter({ name: 'b_total', help: 'B.', labels }).with({ a: 'x', b: 'z' }).inc()
      registry.info({ name: 'g_info', help: 'G.', labels: { v: '1', m: ['p', 'q'] } }).with({ m: 'p' })
    }
    count()
    count()
    const text = renderText(registry.collect())
    assert.match(text, /^b_total\{a="x",b="z"\} 2$/m)
    assert.deepEqual(text.match(/^g_info.*$/gm), ['g_info{v="1",m="p"} 1'])
  })

  it('an equal declaration replaces the callback, and its errors are reported again', () => {
    const errors: string[] = []
    const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
    const declare = (n: number) => {
      const value = () => {
        if (n === 0) throw new Error('broken')
        return n
      }
      registry.gauge({ name: 'a', help: 'A.', value })
      registry.counter({ name: 'b_total', help: 'B.', value })
      registry.gauge({
        name: 'c',
        help: 'C.',
        labels: { l: { max: 2 } },
        values: () => [[{ l: 'x' }, value()]],
      })
      registry.gauge({ name: 'd', help: 'D.', threads: 'sum', value })
    }
    declare(1)
    registry.collect()
    declare(2)
    const samples = () => renderText(registry.collect()).match(/^[a-d][ _{].*$/gm)
    assert.deepEqual(samples(), ['a 2', 'b_total 2', 'c{l="x"} 2', 'd 2'])
    for (let round = 1; round <= 2; round++) {
      declare(0)
      samples()
      samples()
      assert.equal(errors.length, 4 * round)
    }
  })

  it('the result of a replaced callback that settles late is ignored by later scrapes', async () => {
    const registry = strictRegistry()
    const { promise, resolve } = Promise.withResolvers<number>()
    registry.gauge({ name: 'a', help: 'A.', value: () => promise })
    const early = registry.collectAsync()
    registry.gauge({ name: 'a', help: 'A.', value: async () => 2 })
    assert.deepEqual((await registry.collectAsync()).families[0]?.values, [2])
    resolve(1)
    assert.deepEqual((await early).families[0]?.values, [1])
    assert.deepEqual((await registry.collectAsync()).families[0]?.values, [2])
  })

  it('createInstruments and declareProcessMetrics work twice on one registry', async () => {
    const registry = strictRegistry()
    const readers = { cpuSeconds: () => 1, heapUsedBytes: () => 2 }
    const declare = () => createInstruments({ registry, version: '1', runtime: 'r', process: readers })
    declare().onRequest({ method: 'GET', route: '/', status: 200, durationMs: 1 })
    const before = (await expose(registry)).body
    const again = declare()
    declareProcessMetrics(registry, readers)
    assert.equal((await expose(registry)).body, before)
    again.onRequest({ method: 'GET', route: '/', status: 200, durationMs: 1 })
    assert.match((await expose(registry)).body as string, /^http_request_duration_seconds_count\{.*\} 2$/m)
  })

  it('httpMetrics works twice on one registry', async () => {
    const registry = strictRegistry()
    for (let i = 0; i < 2; i++) {
      const app = new Hono().use(httpMetrics(registry)).get('/a', (c) => c.text('x'))
      await (await app.request('/a')).text()
    }
    const text = renderText(registry.collect())
    assert.match(text, /^http_request_duration_seconds_count\{method="GET",route="\/a",status="200"\} 2$/m)
    assert.match(text, /^http_requests_in_flight 0$/m)
  })

  it('a second copy of the library counts in the registry of the first', async (t) => {
    const first = strictRegistry()
    const folder = await mkdtemp(join(tmpdir(), 'second-copy-'))
    t.after(() => rm(folder, { recursive: true }))
    const src = join(import.meta.dirname, '../../src')
    for (const part of ['metrics', 'options.ts'])
      await cp(join(src, part), join(folder, part), { recursive: true })
    const index = pathToFileURL(join(folder, 'metrics/index.ts')).href
    const other = (await import(index)) as typeof import('../../src/metrics/index.ts')
    assert.notEqual(other.createRegistry, createRegistry)
    const registry = first as ReturnType<typeof other.createRegistry>
    const declare = (one: Registry) => one.counter({ name: 'a_total', help: 'A.', labels: { l: ['x'] } })
    declare(first).with({ l: 'x' }).inc()
    const counter = declare(registry)
    const series = counter.with({ l: 'x' })
    series.inc()
    registry.gauge({
      name: 'b',
      help: 'B.',
      value: (read) => read(series) + [...read.each(counter)].reduce((sum, [, n]) => sum + n, 0),
    })
    const { body } = await other.expose(registry)
    assert.deepEqual((body as string).match(/^[ab][ _].*$/gm), ['a_total{l="x"} 2', 'b 4'])
    assert.equal(body, (await expose(first)).body)
  })
})

describe('a different declaration', () => {
  it('a different declaration throws, names the difference, and changes nothing', () => {
    const help = 'H.'
    const value = () => 1
    const declarations: [title: string, (registry: Registry) => unknown][] = [
      ['counter', (registry) => registry.counter({ name: 'a', help })],
      ['counter with other help', (registry) => registry.counter({ name: 'a', help: 'Other.' })],
      ['counter with value', (registry) => registry.counter({ name: 'a', help, value })],
      ['gauge with labels', (registry) => registry.gauge({ name: 'a', help, labels })],
      ['gauge', (registry) => registry.gauge({ name: 'a', help })],
      ['gauge with value', (registry) => registry.gauge({ name: 'a', help, value })],
      ['gauge per thread', (registry) => registry.gauge({ name: 'a', help, value, threads: 'sum' })],
      ['gauge of the largest', (registry) => registry.gauge({ name: 'a', help, threads: 'max' })],
      ['histogram', (registry) => registry.histogram({ name: 'a', help, buckets: [1] })],
      ['histogram with other buckets', (registry) => registry.histogram({ name: 'a', help, buckets: [2] })],
    ]
    for (const [first, declare] of declarations) {
      for (const [second, declareOther] of declarations) {
        const registry = strictRegistry()
        declare(registry)
        const before = renderText(registry.collect())
        if (first === second) declareOther(registry)
        else {
          assert.throws(
            () => declareOther(registry),
            /^Error: a is declared already, with(out)? (type|help|labels|threads|buckets|value)/,
            `${first}, then ${second}`,
          )
        }
        assert.equal(renderText(registry.collect()), before)
      }
    }
  })
})
