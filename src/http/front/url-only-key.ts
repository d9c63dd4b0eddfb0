/** Is a key made of nothing but the request's URL? Then whoever asks for that URL asks for that key. */
import type { Context, HonoRequest } from 'hono'
import type { KeyGenerator } from '../policy/cache-key.ts'

/** What of a request follows from its URL and the routes. `raw` is watched in its turn. */
const OF_REQUEST = new Set<string | symbol>(['url', 'path', 'method', 'param', 'query', 'queries', 'raw'])
const OF_RAW = new Set<string | symbol>(['url', 'method'])

/**
 * Makes the key once more and watches what is read: header fields, what other middleware has set and the environment
 * differ between requests for the same URL. What a generator reads past the context (a clock, a variable of its own) is not
 * seen.
 *
 * @returns false too where the key is a promise now, or comes out different the second time.
 */
export function isUrlOnlyKey(keyOf: KeyGenerator, c: Context, key: string): boolean {
  let other = false
  const readOther = () => {
    other = true
  }
  const request = (): HonoRequest =>
    watched(c.req, OF_REQUEST, { raw: () => watched(c.req.raw, OF_RAW, {}, readOther) }, readOther)
  try {
    return keyOf(watched(c, new Set(['req']), { req: request }, readOther)) === key && !other
  } catch {
    return false // the same request had a key before: it is not of the URL alone
  }
}

/** The same object, but `onOther` is told when anything is read that is not expected. @param inner what stands in for a property. */
function watched<T extends object>(
  target: T,
  expected: ReadonlySet<string | symbol>,
  inner: Readonly<Record<string, () => object>>,
  onOther: () => void,
): T {
  return new Proxy(target, {
    get(_, name) {
      if (!expected.has(name)) onOther()
      if (typeof name === 'string' && Object.hasOwn(inner, name)) return inner[name]?.()
      const value: unknown = Reflect.get(target, name, target) // private fields know the target alone
      return typeof value === 'function' ? value.bind(target) : value
    },
    has(_, name) {
      onOther()
      return Reflect.has(target, name)
    },
    ownKeys() {
      onOther()
      return Reflect.ownKeys(target)
    },
    getOwnPropertyDescriptor(_, name) {
      onOther()
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
  })
}
