/** What would it cost if nothing had to be known about an entry? A Map whose answer is awaited. */
import { HOT, type Library, type Opened, type Opening, type User } from './workload.ts'

export const library: Library = { name: 'Map', open }

/** The same behind a function that loads what is not there: its answer is a promise. */
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
    const kept = users.get(key)
    if (kept !== undefined) return kept
    const user = await load(key)
    users.set(key, user)
    return user
  }
}
