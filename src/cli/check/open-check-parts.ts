/** What a check needs: the proxy in this process, the network and a clock. */
import { Hono } from 'hono'
import { proxy } from 'hono/proxy'
import { createCache } from '../../cache/create-cache.ts'
import { cached } from '../../http/cached/cached.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import type { Ask } from './asking/ask-url.ts'
import type { CheckOptions } from './check-options.ts'
import type { CheckParts } from './check-url.ts'

/** @param now the time, epoch ms. */
export function openCheckParts(_options: CheckOptions, now: () => number = Date.now): CheckParts {
  return { fetch: (request) => fetch(request), openProxy, now }

  function openProxy(ask: Ask): Ask {
    const app = new Hono()
    app.all('*', cached({ cache: createCache({ memory: memoryStore(), now }) }), (c) =>
      proxy(c.req.url, { ...c.req, customFetch: async (request) => ask(request) }),
    )
    return (request) => app.fetch(request)
  }
}
