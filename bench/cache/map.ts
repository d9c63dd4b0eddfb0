/** Lower bound: a Map whose value is awaited, without lifetimes, limits or coalescing. */
import { HOT, type Library, type Opened, type Opening, type User } from './workload.ts'

export const library: Library = { name: 'Map', open }

/** The same Map behind an async function that loads missing values. */
export const readThrough: Library = { name: 'Map behind an async function', open: openReadThrough }

function open(opening: Opening): Opened {
  const users = new Map<string, User>()

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += (await users.get(HOT[i & 15] as string))?.visits ?? 0
      return sum
    },
    read: reader(users, opening),
    delete: (key) => users.delete(key),
    lookup(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += users.get(HOT[i & 15] as string)?.visits ?? 0
      return sum
    },
  }
}

function openReadThrough(opening: Opening): Opened {
  const users = new Map<string, User>()
  const read = reader(users, opening)

  return {
    async hit(times) {
      let sum = 0
      for (let i = 0; i < times; i++) sum += (await read(HOT[i & 15] as string)).visits
      return sum
    },
    read,
    delete: (key) => users.delete(key),
  }
}

function reader(users: Map<string, User>, { load }: Opening) {
  return async function read(key: string): Promise<User> {
    const stored = users.get(key)
    if (stored !== undefined) return stored
    const user = await load(key)
    users.set(key, user)
    return user
  }
}
