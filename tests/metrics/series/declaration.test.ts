import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  checkMetricOptions,
  declarationOf,
  labelsOf,
  namesOf,
} from '../../../src/metrics/series/declaration.ts'

describe('declarationOf', () => {
  it('declarationOf returns the same JSON for the same options in another form', () => {
    const first = declarationOf('counter', { name: 'a', help: 'x', labels: { l: ['1', '2'], m: { max: 3 } } })
    const second = declarationOf('counter', {
      help: 'x',
      name: 'a',
      labels: { l: ['1', '2'], m: { max: 3 } },
    })
    assert.equal(JSON.stringify(first), JSON.stringify(second))
    assert.deepEqual(first, {
      type: 'counter',
      name: 'a',
      help: 'x',
      labels: [
        ['l', ['1', '2']],
        ['m', 3],
      ],
    })
  })

  it('labelsOf returns the labels as SeriesIndex takes them', () => {
    const declaration = declarationOf('gauge', { name: 'a', help: '', labels: { l: ['1'], m: { max: 3 } } })
    assert.deepEqual(labelsOf(declaration), [
      { name: 'l', values: new Set(['1']) },
      { name: 'm', max: 3 },
    ])
  })

  it('declarationOf replaces lone surrogates in the help', () => {
    assert.equal(declarationOf('gauge', { name: 'a', help: 'a\ud800' }).help, 'a\ufffd')
  })

  it('declarationOf accepts a unit that is the last part of the name, without _total of a counter', () => {
    assert.equal(declarationOf('counter', { name: 'a_bytes_total', help: '', unit: 'bytes' }).unit, 'bytes')
    assert.equal(declarationOf('gauge', { name: 'a_bytes', help: '', unit: 'bytes' }).unit, 'bytes')
  })

  const invalid: [
    type: 'counter' | 'gauge' | 'info',
    name: string,
    unit: string | undefined,
    message: RegExp,
  ][] = [
    ['gauge', '', undefined, /^metric name "" must match /],
    ['gauge', '1a', undefined, /^metric name "1a" must match /],
    ['gauge', 'a-b', undefined, /^metric name "a-b" must match /],
    ['gauge', '__a', undefined, /^__a: names that begin with __ are reserved$/],
    ['counter', '_total', undefined, /^_total: a name is required before _total$/],
    ['info', 'build', undefined, /^build: the name of an info must end in _info$/],
    ['info', '_info', undefined, /^_info: the name of an info must end in _info$/],
    ['gauge', 'a_total', 'bytes', /^a_total: unit must be the last part of the name, got "bytes"$/],
    ['gauge', 'abytes', 'bytes', /^abytes: unit must be the last part/],
    ['gauge', 'a_', '', /^a_: unit must be the last part/],
  ]
  for (const [type, name, unit, message] of invalid) {
    it(`declarationOf throws for the ${type} ${JSON.stringify(name)} with the unit ${unit}`, () => {
      assert.throws(() => declarationOf(type, { name, help: '', unit }), { message })
    })
  }
})

describe('namesOf', () => {
  it('namesOf returns every name that an exposition format derives', () => {
    assert.deepEqual(namesOf({ type: 'gauge', name: 'a' }), ['a'])
    assert.deepEqual(namesOf({ type: 'info', name: 'a_info' }), ['a_info', 'a'])
    assert.deepEqual(namesOf({ type: 'counter', name: 'a_total' }), ['a_total', 'a', 'a_created'])
    assert.deepEqual(namesOf({ type: 'counter', name: 'a' }), ['a', 'a_total', 'a_created'])
    assert.deepEqual(namesOf({ type: 'histogram', name: 'a' }), [
      'a',
      'a_bucket',
      'a_sum',
      'a_count',
      'a_created',
    ])
  })
})

describe('checkMetricOptions', () => {
  it('checkMetricOptions throws a TypeError that names the metric and the option', () => {
    const options = { name: 'a', help: 'x' }
    assert.doesNotThrow(() => checkMetricOptions('counter', options))
    assert.throws(() => checkMetricOptions('counter', { ...options, buckets: [1] }), {
      name: 'TypeError',
      message: /^counter a: .*buckets/,
    })
    assert.throws(
      () => checkMetricOptions('gauge', { ...options, threads: 1 }),
      /^TypeError: gauge a: threads /,
    )
    assert.throws(() => checkMetricOptions('info', options), /^TypeError: info a: labels /)
    assert.throws(() => checkMetricOptions('histogram', { help: 'x' }), /^TypeError: histogram: name /)
  })
})
