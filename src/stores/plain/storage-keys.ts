/** Keys of a plain store: at most 250 characters, and different for different namespaces, names, versions and tags. */

const MAX_LENGTH = 250

/** Memcached accepts no longer keys, so longer ones are replaced by their digest. */
export class StorageKeys {
  readonly #namespace: string

  constructor(namespace: string) {
    this.#namespace = `${namespace.length}:${namespace}` // the length keeps apart "a:b" + "c" and "a" + "b:c"
  }

  /** Key of the namespace's generation. */
  namespace(): Promise<string> {
    return this.#keyOf('n', '')
  }

  /** Key of a name's generation. */
  name(name: string): Promise<string> {
    return this.#keyOf('k', name)
  }

  /** Key of a tag's generation. */
  tag(tag: string): Promise<string> {
    return this.#keyOf('t', tag)
  }

  value(name: string, version: string): Promise<string> {
    return this.#keyOf('v', `${version.length}:${version}:${name}`)
  }

  async #keyOf(kind: string, rest: string): Promise<string> {
    const key = `hitrate:${kind}:${this.#namespace}:${rest}`
    if (key.length <= MAX_LENGTH) return key
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
    return `hitrate:${kind}#${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
}
