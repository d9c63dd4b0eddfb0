/** Tags of the values that this process has read or stored, so that a read asks for their marks without a further round trip. */

/** Bounds of the memory: the number of names, and the characters of their tags. A name that was dropped costs a round trip. */
const MAX_NAMES = 10_000
const MAX_CHARACTERS = 4_000_000

export const NO_TAGS: readonly string[] = []

export class SeenTags {
  readonly #seen = new Map<string, { text: string; tags: readonly string[] }>()
  #characters = 0

  /** Returns the tags that the value of a name had; `undefined` if it had none. */
  tagsOf(name: string): readonly string[] | undefined {
    return this.#seen.get(name)?.tags
  }

  /**
   * Notes the tags of a value, and returns them.
   *
   * @param text names of the tags, separated by spaces
   */
  see(name: string, text: string): readonly string[] {
    const seen = this.#seen.get(name)
    if (seen?.text === text) return seen.tags
    this.#drop(name) // the last names in the map are those that were noted last
    if (text === '') return NO_TAGS
    const tags = text.split(' ')
    this.#seen.set(name, { text, tags })
    this.#characters += text.length
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= MAX_NAMES && this.#characters <= MAX_CHARACTERS) break
      this.#drop(oldest)
    }
    return tags
  }

  #drop(name: string): void {
    this.#characters -= this.#seen.get(name)?.text.length ?? 0
    this.#seen.delete(name)
  }
}
