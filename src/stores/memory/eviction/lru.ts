/** Entries in the order of their use: a doubly linked list through the nodes. */

export interface Linked<N> {
  newer: N | undefined
  older: N | undefined
}

export interface Lru<N extends Linked<N>> {
  /** Adds a node as the most recently used. */
  add(node: N): void
  /** Makes a member the most recently used. */
  use(node: N): void
  remove(node: N): void
  /** Returns the least recently used member. */
  oldest(): N | undefined
}

export function createLru<N extends Linked<N>>(): Lru<N> {
  let newest: N | undefined
  let oldest: N | undefined

  function add(node: N): void {
    node.older = newest
    node.newer = undefined
    if (newest === undefined) oldest = node
    else newest.newer = node
    newest = node
  }

  function remove(node: N): void {
    if (node.newer === undefined) newest = node.older
    else node.newer.older = node.older
    if (node.older === undefined) oldest = node.newer
    else node.older.newer = node.newer
  }

  return {
    add,
    remove,
    use(node) {
      if (node === newest) return
      remove(node)
      add(node)
    },
    oldest: () => oldest,
  }
}
