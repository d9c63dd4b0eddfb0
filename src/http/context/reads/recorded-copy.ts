/** An object whose reads are reported, for copies of request headers that Hono and its validators make. */

/**
 * Returns a proxy of `copy` that reports reads of its properties, missing ones included. After the names were listed, single
 * reads are not reported: spreading the object lists the names and then reads each of them.
 */
export function recordedCopy<T extends object>(
  copy: T,
  onName: (name: string) => void,
  onList: () => void,
): T {
  let isListed = false
  function report(name: string | symbol): void {
    if (!isListed && typeof name === 'string' && !isOfObjects(name)) onName(name)
  }
  return new Proxy(copy, {
    get(target, name, receiver) {
      report(name)
      return Reflect.get(target, name, receiver) as unknown
    },
    has(target, name) {
      report(name)
      return Reflect.has(target, name)
    },
    getOwnPropertyDescriptor(target, name) {
      report(name)
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
    ownKeys(target) {
      isListed = true
      onList()
      return Reflect.ownKeys(target)
    },
  })
}

/** True for names that the language or a schema library reads of any object. */
function isOfObjects(name: string): boolean {
  return name in Object.prototype || name === 'then' || name === 'toJSON'
}
