/** Finds how much memory this process may use: the limit of its container or unit, or the memory of the machine. */

export interface MemoryFiles {
  /** Returns the text of a file; `undefined` if it cannot be read. */
  read(path: string): string | undefined
  /** Memory of the machine, in bytes. */
  machineBytes: number
}

/**
 * Returns the smallest limit in bytes of the control groups that this process is in, and of those that contain them; without any,
 * the memory of the machine. Reads version 2 (https://docs.kernel.org/admin-guide/cgroup-v2.html, `memory.max` and `memory.high`)
 * and version 1 (`memory.limit_in_bytes`). `process.constrainedMemory()` of Bun reads version 2 only.
 */
export function memoryLimit({ read, machineBytes }: MemoryFiles): number {
  const limits = limitFiles(read('/proc/self/cgroup') ?? '').map((path) =>
    Number.parseInt(read(path) ?? '', 10),
  )
  return Math.min(machineBytes, ...limits.filter((limit) => limit > 0)) // `max` is no number
}

/** @param groups lines of `/proc/self/cgroup`, such as `0::/system.slice/hitrate.service` or `4:memory:/docker/1f2e`. */
function limitFiles(groups: string): string[] {
  return groups.split('\n').flatMap((line) => {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [undefined, '-']
    if (controllers === '') {
      return withParents(path).flatMap((group) => [
        `/sys/fs/cgroup${group}memory.max`,
        `/sys/fs/cgroup${group}memory.high`,
      ])
    }
    if (!controllers.split(',').includes('memory')) return []
    return withParents(path).map((group) => `/sys/fs/cgroup/memory${group}memory.limit_in_bytes`)
  })
}

/**
 * Returns `/a/b/`, `/a/` and `/` for `/a/b`. In a container the files are often those of its own group, as `/`, whatever the path
 * says; files that do not exist are not counted.
 */
function withParents(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  return Array.from({ length: names.length + 1 }, (_, depth) =>
    ['', ...names.slice(0, names.length - depth), ''].join('/'),
  )
}
