/** Tests whether a key depends on nothing but the request's URL, so that every request for the URL has the same key. */
import type { Context, HonoRequest } from 'hono'

/**
 * Properties of `c.req` that depend on the URL, the method and the routes alone. The properties of `raw` are checked
 * separately.
 */
const ALLOWED_OF_REQUEST = new Set<string | symbol>([
  'url',
  'path',
  'method',
  'param',
  'query',
  'queries',
  'raw',
])
const ALLOWED_OF_RAW = new Set<string | symbol>(['url', 'method'])

/**
 * Generates the key again and checks which properties of the context this reads. Headers, context variables and the environment
 * may differ between requests for one URL. Reads that do not go through the context (a clock, a global variable) are not
 * detected.
 *
 * @param key the key that `keyOf` returned before.
 * @returns false if the key depends on more than the URL, or if `keyOf` now returns a promise or another key.
 */
export function isUrlOnlyKey(keyOf: (c: Context) => unknown, c: Context, key: string): boolean {
  let hasOtherReads = false
  const onOtherRead = () => {
    hasOtherReads = true
  }
  const raw = () => watched(c.req.raw, ALLOWED_OF_RAW, {}, onOtherRead)
  const request = (): HonoRequest => watched(c.req, ALLOWED_OF_REQUEST, { raw }, onOtherRead)
  try {
    return keyOf(watched(c, new Set(['req']), { req: request }, onOtherRead)) === key && !hasOtherReads
  } catch {
    return false // `keyOf` returned a key before and throws now, so it depends on more than the URL
  }
}

/**
 * A proxy of `target` that reports reads.
 *
 * @param allowed properties whose reads are not reported.
 * @param replaced functions by property name. The proxy returns their results in place of the target's own properties.
 */
function watched<T extends object>(
  target: T,
  allowed: ReadonlySet<string | symbol>,
  replaced: Readonly<Record<string, () => object>>,
  onOtherRead: () => void,
): T {
  return new Proxy(target, {
    get(_, name) {
      if (!allowed.has(name)) onOtherRead()
      if (typeof name === 'string' && Object.hasOwn(replaced, name)) return replaced[name]?.()
      // Getters run on the target, because the proxy lacks its private fields.
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    has(_, name) {
      onOtherRead()
      return Reflect.has(target, name)
    },
    ownKeys() {
      onOtherRead()
      return Reflect.ownKeys(target)
    },
    getOwnPropertyDescriptor(_, name) {
      onOtherRead()
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
  })
}
