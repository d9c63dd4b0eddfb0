import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveAudit } from '../../../src/cache/audit/audit-options.ts'
import { createCache } from '../../../src/cache/create-cache.ts'

describe('resolveAudit', () => {
  it('fills in the defaults, and returns undefined for a share of 0', () => {
    const defaults = { maxPerSecond: 10, maxConcurrent: 2, graceMs: 100 }
    assert.deepEqual(resolveAudit('c', 0.01), { share: 0.01, ...defaults })
    const compare = () => true
    const given = { share: 1, compare, maxPerSecond: 5, maxConcurrent: 1, graceMs: 0 }
    assert.deepEqual(resolveAudit('c', given), given)
    for (const none of [undefined, 0, { share: 0 }]) assert.equal(resolveAudit('c', none), undefined)
  })

  const wrong = (audit: unknown) => () => createCache({ audit: audit as number })

  it('a wrong type is a TypeError that names the option', () => {
    const calls: [audit: unknown, message: string][] = [
      ['0.1', 'createCache: audit must be a number or an object, got "0.1"'],
      [true, 'createCache: audit must be a number or an object, got true'],
      [{ shares: 1 }, 'createCache: audit: unknown option "shares"; did you mean "share"?'],
      [{ share: '1' }, 'createCache: audit: share must be a number, got "1"'],
      [{ maxPerSecond: 1 }, 'createCache: audit: share must be a number, got undefined'],
      [{ share: 1, compare: true }, 'createCache: audit: compare must be a function, got true'],
    ]
    for (const [audit, message] of calls) assert.throws(wrong(audit), { name: 'TypeError', message })
  })

  it('a number that is out of range is a RangeError that names the option', () => {
    const calls: [audit: unknown, message: string][] = [
      [1.1, 'cache hitrate: audit must be from 0 to 1, got 1.1'],
      [-0.1, 'cache hitrate: audit must be from 0 to 1, got -0.1'],
      [Number.NaN, 'cache hitrate: audit must be from 0 to 1, got NaN'],
      [{ share: 2 }, 'cache hitrate: audit.share must be from 0 to 1, got 2'],
      [{ share: 1, maxPerSecond: 0 }, 'cache hitrate: audit.maxPerSecond must be a positive number, got 0'],
      [{ share: 1, maxConcurrent: 0 }, 'cache hitrate: audit.maxConcurrent must be a positive number, got 0'],
      [{ share: 1, graceMs: -1 }, 'cache hitrate: audit.graceMs must be finite and not negative, got -1'],
      [
        { share: 1, graceMs: Infinity },
        'cache hitrate: audit.graceMs must be finite and not negative, got Infinity',
      ],
    ]
    for (const [audit, message] of calls) assert.throws(wrong(audit), { name: 'RangeError', message })
  })

  it('the option of a read is false or a function', async () => {
    await assert.rejects(
      createCache().read('k', () => 1, { audit: true as never }),
      {
        name: 'TypeError',
        message: 'cache.read: audit must be false or a function, got true',
      },
    )
  })
})
