/**
 * Counts the loads of each library when 1,000 concurrent reads ask for one missing key. Prints the counts as JSON.
 *
 *     node bench/cache/stampede.ts
 */
import assert from 'node:assert/strict'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LibraryName, loadLibraries } from './libraries.ts'
import { type Library, userOf } from './workload.ts'

const readers = 1000

const loads: Partial<Record<LibraryName, number>> = {}
for (const { name, library } of await loadLibraries()) loads[name] = await loadsOf(library)
process.stdout.write(JSON.stringify(loads))
process.exit() // some libraries keep timers

async function loadsOf(library: Library): Promise<number> {
  let loads = 0
  const opened = library.open({
    async load(key) {
      loads++
      await sleep(20)
      return userOf(key)
    },
    ttlMs: 60_000,
  })
  const users = await Promise.all(Array.from({ length: readers }, () => opened.read('user:cold')))
  for (const user of users) assert.deepEqual(user, userOf('user:cold'))
  return loads
}
