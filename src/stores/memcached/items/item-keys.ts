/** Keys of the items of a namespace. */
import { wireKey } from '../client/wire-key.ts'

/** The length of the namespace and of the version come first, because each of the texts may contain any separator. */
export class ItemKeys {
  readonly #prefix: string

  constructor(namespace: string) {
    this.#prefix = `${namespace.length}:${namespace}:`
  }

  /** Mark of the namespace. */
  namespace(): string {
    return wireKey(`${this.#prefix}n`)
  }

  /** Mark of a name. It also chooses the server of all items of the name. */
  name(name: string): string {
    return wireKey(`${this.#prefix}m${name}`)
  }

  /** Mark of a tag. */
  tag(tag: string): string {
    return wireKey(`${this.#prefix}t${tag}`)
  }

  /** Value of a name in a version, or the lease of the load that will store it. */
  entry({ name, version }: { name: string; version: string }): string {
    return wireKey(`${this.#prefix}e${version.length}:${version}:${name}`)
  }

  /** Lease of a load that replaces a value, while the value stays readable. */
  refresh({ name, version }: { name: string; version: string }): string {
    return wireKey(`${this.#prefix}r${version.length}:${version}:${name}`)
  }

  /** The write of a name that is under way. */
  write(name: string): string {
    return wireKey(`${this.#prefix}w${name}`)
  }
}
