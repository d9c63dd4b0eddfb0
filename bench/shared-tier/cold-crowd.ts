/** A crowd of several processes at one cold key. */
import type { StoreName } from '../../tests/consistency/stores/kind/address.ts'
import type { LibraryName } from './libraries.ts'
import { startLab } from './start-lab.ts'
import { type Member, startMember } from './start-member.ts'

export const crowd = { processes: 4, readers: 1000, loadMs: 100 }

export interface Round {
  loads: number
  failed: number
  /** Time from the first read to the last value, in ms. */
  ms: number
}

/** @param kills true to kill the first process that loads, in the middle of its load. */
export async function coldCrowd(library: LibraryName, store: StoreName, kills: boolean): Promise<Round> {
  const lab = await startLab(store)
  const members: Member[] = []
  try {
    for (let i = 0; i < crowd.processes; i++)
      members.push(await startMember(library, lab.address, lab.databasePort))
    let loadsOfKilled = 0
    const running = members.map(async (member) => {
      if (kills) {
        void member.event('loading').then(() => {
          if (loadsOfKilled++ > 0) return
          setTimeout(() => member.kill(), crowd.loadMs / 2)
        })
      }
      return member.call('stampede', 'cold', crowd.readers, crowd.loadMs)
    })
    const settled = await Promise.allSettled(running)
    const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const startedAt = Math.min(...results.map((result) => result.startedAt))
    return {
      loads: results.reduce((sum, { loads }) => sum + loads, 0) + (kills ? 1 : 0),
      failed: results.reduce((sum, { failed }) => sum + failed, 0),
      ms: Math.max(...results.map(({ endedAt }) => endedAt)) - startedAt,
    }
  } finally {
    for (const member of members) member.kill()
    await lab.end()
  }
}
