/** Temporarily replaces a property of an object that other code created. */

/**
 * Replaces the property on the object itself. Its prototype keeps the original.
 *
 * @returns a function that restores the previous property. The previous one may itself be a replacement by an outer cache.
 */
export function shadowProperty(target: object, name: string, descriptor: PropertyDescriptor): () => void {
  const previous = Object.getOwnPropertyDescriptor(target, name)
  Object.defineProperty(target, name, { ...descriptor, configurable: true })
  return () => {
    if (previous === undefined) Reflect.deleteProperty(target, name)
    else Object.defineProperty(target, name, previous)
  }
}
