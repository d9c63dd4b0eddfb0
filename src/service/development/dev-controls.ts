/** The buttons of `npm run dev`: a slow database, a broken one, and a crowd for a user that is not stored. */
import type { Logger } from '@logtape/logtape'
import type { Cache } from '../../cache/cache.ts'
import type { DashboardControl } from '../../dashboard/controls/control.ts'
import { pause } from '../../process/pause.ts'
import { userTag } from '../routes/user-caching.ts'
import { demoUsers } from '../users/user.ts'
import { type DatabaseFaults, SLOW_MS } from './database-faults.ts'
import { describeReads, type ReadOptions, timedReads } from './timed-reads.ts'

export interface DevControlOptions extends ReadOptions {
  faults: DatabaseFaults
  cache: Pick<Cache, 'expireAll' | 'invalidateTags'>
  log: Logger
}

/** Time after which an entry that has just expired has a negative `ttl` in `Cache-Status`. */
const CLOCK_TICK_MS = 2

/** Number of requests of a crowd. */
const CROWD = 1000

/** Number of reads of each demo user after a fault has begun. */
const READS_PER_USER = 10

const userPaths = demoUsers.map(({ id }) => `/api/user/${id}`)

export function devControls({ faults, cache, log, ...reads }: DevControlOptions): DashboardControl[] {
  /**
   * Lets the fault begin, makes stored users stale, and reads each of them. Without the reads, the page would show nothing until a
   * client needs the database.
   */
  async function begin(fault: 'isSlow' | 'isBroken'): Promise<string> {
    await timedReads(userPaths, reads) // stores them
    faults[fault] = true
    await cache.expireAll()
    await pause(CLOCK_TICK_MS)
    const paths = Array<string[]>(READS_PER_USER).fill(userPaths).flat()
    return `Stored users were made stale, then read: ${describeReads(await timedReads(paths, reads))}.`
  }

  async function toggleSlow(): Promise<string> {
    if (faults.isSlow) {
      faults.isSlow = false
      return 'The database is as fast as before.'
    }
    const answers = await begin('isSlow')
    return `Each operation of the database takes ${SLOW_MS / 1000} s longer. ${answers}`
  }

  async function toggleBroken(): Promise<string> {
    if (faults.isBroken) {
      faults.isBroken = false
      return 'The database works again.'
    }
    const answers = await begin('isBroken')
    const unstored = await timedReads([`/api/user/unstored_${faults.operations}`], reads)
    return `Each operation of the database fails. ${answers} A user that was not stored: ${describeReads(unstored)}.`
  }

  async function sendCrowd(): Promise<string> {
    const [{ id } = { id: '' }] = demoUsers
    await cache.invalidateTags([userTag(id)])
    const before = faults.operations
    const paths = Array<string>(CROWD).fill(`/api/user/${id}`)
    const answers = describeReads(await timedReads(paths, reads))
    const operations = faults.operations - before
    return `${CROWD.toLocaleString('en')} requests for ${id}, which was not stored: ${answers}. Operations of the database: ${operations}.`
  }

  /** Logs each result, because the page shows the last one only. */
  const logged = (control: DashboardControl): DashboardControl => ({
    ...control,
    async action() {
      const result = await control.action()
      log.warn('A button of the dashboard was pressed', { button: control.label, result })
      return result
    },
  })

  return [
    {
      label: 'Slow the database',
      description: `Each operation takes ${SLOW_MS / 1000} s longer. Stale users are served meanwhile and refreshed in the background.`,
      action: toggleSlow,
      isOn: () => faults.isSlow,
    },
    {
      label: 'Break the database',
      description:
        'Each operation fails. Stored users are served stale; reads of others and writes get a 503.',
      action: toggleBroken,
      isOn: () => faults.isBroken,
    },
    {
      label: `Send a crowd of ${CROWD.toLocaleString('en')}`,
      description: `Removes a user from the cache, then sends ${CROWD.toLocaleString('en')} requests for it at once.`,
      action: sendCrowd,
    },
  ].map(logged)
}
