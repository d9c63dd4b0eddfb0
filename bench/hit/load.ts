/** Load at the rate that a server sustains: from wrk, or from a process of this folder where wrk is not installed. */
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FetchLoad } from './fetch-load.ts'

export interface Load {
  /** Name and version of the load generator. */
  name: string
  /** @throws when a response has another status than 200. */
  run(url: string, options: LoadOptions): Promise<LoadResult>
}

export interface LoadOptions {
  seconds: number
  connections: number
  /** Request headers besides `Host`. */
  headers: Readonly<Record<string, string>>
  /** True if no URL may be requested twice: a number is appended to each. */
  isMiss: boolean
  /** Ends the load when it aborts. */
  signal: AbortSignal
}

export interface LoadResult {
  requests: number
  perSecond: number
}

/** @param bun the executable for the loop of requests where wrk is not installed */
export function chooseLoad(bun: string): Load {
  const wrk = spawnSync('wrk', ['-v'], { encoding: 'utf8' })
  return wrk.error === undefined ? wrkLoad(wrk.stdout) : fetchLoad(bun)
}

function wrkLoad(about: string): Load {
  return {
    name: /^wrk \S+/.exec(about)?.[0] ?? 'wrk',
    async run(url, { seconds, connections, headers, isMiss, signal }) {
      const args = [
        ...['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`],
        ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
        ...(isMiss ? ['--script', fileURLToPath(new URL('new-paths.lua', import.meta.url))] : []),
        url,
      ]
      const { stdout } = await promisify(execFile)('wrk', args, { signal })
      const requests = /(\d+) requests in/.exec(stdout)?.[1]
      const perSecond = /Requests\/sec: +([\d.]+)/.exec(stdout)?.[1]
      if (/Non-2xx|Socket errors/.test(stdout) || requests === undefined || perSecond === undefined) {
        throw new Error(`wrk saw failures:\n${stdout}`)
      }
      return { requests: Number(requests), perSecond: Number(perSecond) }
    },
  }
}

function fetchLoad(bun: string): Load {
  const program = fileURLToPath(new URL('fetch-load.ts', import.meta.url))
  return {
    name: 'fetch in a loop (wrk is not installed; the load generator may limit the requests per second)',
    async run(url, { signal, ...options }) {
      const argument = JSON.stringify({ url, ...options } satisfies FetchLoad)
      const { stdout } = await promisify(execFile)(bun, [program, argument], { signal })
      return JSON.parse(stdout)
    },
  }
}
