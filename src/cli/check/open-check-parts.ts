/** Opens the parts of a check: the proxy in this process, connections and a clock. */
import { createCache } from '../../cache/create-cache.ts'
import { createRegistry } from '../../metrics/index.ts'
import { createProxy } from '../../proxy/create-proxy.ts'
import { PROXY_DEFAULTS } from '../../proxy/proxy-options.ts'
import type { Send } from '../../proxy/upstream/send.ts'
import { upstreamError } from '../../proxy/upstream/upstream-error.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import { version } from '../../version.ts'
import type { CheckOptions } from './check-options.ts'
import type { CheckParts } from './check-url.ts'

/**
 * @param send asks the upstream.
 * @param now the time, epoch ms.
 */
export function openCheckParts(options: CheckOptions, send: Send, now: () => number = Date.now): CheckParts {
  return { send, openProxy: (upstream) => openProxy(options, upstream, now), now }
}

/** A proxy with an empty cache, without a server. */
function openProxy({ url, ttlMs, stripCookies }: CheckOptions, send: Send, now: () => number): Send {
  const { fetch } = createProxy({
    config: {
      ...{ upstream: `${url.origin}/`, ttlMs, stripCookies },
      staleIfErrorMs: undefined,
      trustForwarded: false,
      maxBodyBytes: PROXY_DEFAULTS.maxBodyBytes,
      pseudonym: 'hitrate',
    },
    cache: createCache({ memory: memoryStore({ maxBytes: PROXY_DEFAULTS.maxBytes }), now }),
    registry: createRegistry(),
    instruments: { onRequestStart() {}, onRequestEnd() {}, onRequest() {} },
    send: (request) => send(request).catch((error: unknown) => Promise.reject(upstreamError(error))),
    clientOf: () => undefined,
    onError() {}, // the report names each fault of the upstream
    access: (_c, next) => next(),
    ...{ version, runtime: 'check', phase: () => 'ready', uptimeSeconds: () => 0 },
  })
  return async ({ method, url, headers, signal }) => {
    const { status, headers: received, body } = await fetch(new Request(url, { method, headers, signal }))
    return { status, headers: received, body }
  }
}
