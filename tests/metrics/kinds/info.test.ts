import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRegistry } from '../../../src/metrics/index.ts'
import { strictRegistry, textWithoutErrors } from '../../support/strict-registry.ts'

describe('an info', () => {
  const lines = (registry = strictRegistry()) =>
    textWithoutErrors(registry)
      .split('\n')
      .filter((line) => line.includes('_info{'))

  it('an info with constant labels is shown from the start', () => {
    const registry = strictRegistry()
    registry.info({ name: 'build_info', help: 'Build.', labels: { version: '1.2.3', runtime: '"\\\n' } })
    assert.equal(
      textWithoutErrors(registry),
      '# HELP build_info Build.\n# TYPE build_info gauge\nbuild_info{version="1.2.3",runtime="\\"\\\\\\n"} 1\n',
    )
  })

  it('an info with closed labels shows the series that were set', () => {
    const registry = strictRegistry()
    const info = registry.info({
      name: 'mode_info',
      help: 'M.',
      labels: { mode: ['a', 'b', 'c'], version: '1' },
    })
    assert.deepEqual(lines(registry), [])
    info.with({ mode: 'b' })
    info.with({ mode: 'b' })
    assert.deepEqual(lines(registry), ['mode_info{mode="b",version="1"} 1'])
    info.with({ mode: 'a' })
    assert.equal(lines(registry).length, 2)
  })

  it('an info with open labels shows the series that were set, up to the maximum', () => {
    const registry = strictRegistry()
    const info = registry.info({ name: 'store_info', help: 'S.', labels: { kind: 'kv', store: { max: 1 } } })
    for (const store of ['redis', 'kv', 'memcached']) info.with({ store })
    assert.deepEqual(lines(registry), [
      'store_info{kind="kv",store="redis"} 1',
      'store_info{kind="kv",store="other"} 1',
    ])
    assert.match(textWithoutErrors(registry), /^metrics_label_overflows_total{metric="store_info"} 2$/m)
  })

  it('with takes the declared labels, without the constant ones', () => {
    const info = strictRegistry().info({
      name: 'a_info',
      help: 'A.',
      labels: { mode: ['a', 'b'], kind: { max: 2 }, version: '1' },
    })
    info.with({ mode: 'a', kind: 'x' })
    // @ts-expect-error not one of its values
    const unlisted = () => info.with({ mode: 'c', kind: 'x' })
    assert.throws(unlisted, /^RangeError: a_info: label mode must be one of "a", "b"/)
    // @ts-expect-error one is missing
    const tooFew = () => info.with({ mode: 'a' })
    assert.throws(tooFew, /^TypeError: a_info: labels must be /)
    // @ts-expect-error a constant has no other value
    const another = () => info.with({ mode: 'a', kind: 'x', version: '2' })
    assert.throws(another, /^RangeError: a_info: label version/)
    // @ts-expect-error no such label
    const tooMany = () => info.with({ mode: 'a', kind: 'x', more: '2' })
    assert.throws(tooMany, /^TypeError: a_info: labels must be /)
  })

  it('an info requires a name that ends in _info and labels, and has no unit', () => {
    const registry = strictRegistry()
    const labels = { a: 'b' }
    for (const name of ['build', '_info', 'info']) {
      assert.throws(
        () => registry.info({ name, help: 'H.', labels }),
        /the name of an info must end in _info$/,
      )
    }
    assert.throws(
      () => registry.info({ name: 'a_info', help: 'H.', labels: {} }),
      /^Error: a_info: labels is empty/,
    )
    // @ts-expect-error an info without labels has no content
    const unlabelled = () => registry.info({ name: 'a_info', help: 'H.' })
    assert.throws(unlabelled, /^TypeError: info a_info: labels must be an object, got undefined$/)
    // @ts-expect-error an info has no unit
    const withUnit = () => registry.info({ name: 'a_info', help: 'H.', labels, unit: 'info' })
    assert.throws(
      withUnit,
      /^TypeError: info a_info: unknown option "unit"; the options are name, help, labels$/,
    )
  })

  it('an info cannot be read by computed values', () => {
    const errors: unknown[] = []
    const registry = createRegistry({ onError: (error) => errors.push(String(error)) })
    const info = registry.info({ name: 'a_info', help: 'A.', labels: { a: ['b', 'c'] } })
    // @ts-expect-error it has no value
    registry.gauge({ name: 'g', help: 'G.', value: (read) => read(info) })
    registry.collect()
    assert.deepEqual(errors, [
      'TypeError: read: the series must be a counter, gauge or histogram with its labels bound',
    ])
  })
})
