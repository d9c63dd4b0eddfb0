import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Context } from 'hono'
import { MAX_KEY_LENGTH } from '../../../src/cache/cache.ts'
import { purgeTargetOf } from '../../../src/http/cached/purge-target.ts'
import { createRoute } from '../../../src/http/cached/route.ts'
import { hitForMissKeys } from '../../../src/http/policy/hit-for-miss.ts'
import { hostTag, pathTag } from '../../../src/http/policy/url-tags.ts'
import { variantsTag } from '../../../src/http/policy/variants.ts'
import { testApp } from '../../support/test-app.ts'

const URL_OF_PURGE = 'https://example.com:8443/a?x=1'
const purgeOf = (isOnEveryHost: boolean) => ({ isOnEveryHost, reach() {} })
const context = () => new Context(new Request(URL_OF_PURGE))

describe('purgeTargetOf', () => {
  it('a target has the key, and the tags of the URL on its host or on every host', async () => {
    const { cache } = testApp()
    const route = createRoute({ cache, keyGenerator: () => 'key' })
    for (const [isOnEveryHost, tag] of [
      [false, hostTag(URL_OF_PURGE)],
      [true, pathTag(URL_OF_PURGE)],
    ] as const) {
      const target = await purgeTargetOf(route, context(), purgeOf(isOnEveryHost), 'key')
      assert.deepEqual(
        [target.keys, target.tags, target.isStored],
        [['key'], [tag, variantsTag('key')], false],
      )
    }
  })

  it('a target of a route with `query` has the tags of the parameters in the key', async () => {
    const route = createRoute({ cache: testApp().cache, query: ['y'] })
    const target = await purgeTargetOf(route, context(), purgeOf(true), 'https://example.com/a')
    assert.deepEqual(target.tags, [pathTag('https://example.com/a')])
  })

  it('a target has no key that is too long, and its resource is no longer hit-for-miss', async () => {
    const route = createRoute({ cache: testApp().cache })
    const resource = 'x'.repeat(MAX_KEY_LENGTH + 1)
    for (const key of hitForMissKeys(resource)) route.hitForMiss.add(key)
    const target = await purgeTargetOf(route, context(), purgeOf(true), resource)
    assert.deepEqual([target.keys, target.isStored], [[], false])
    assert.deepEqual(
      hitForMissKeys(resource).map((key) => route.hitForMiss.has(key)),
      [false, false],
    )
  })
})
