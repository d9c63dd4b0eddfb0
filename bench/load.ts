/** As many requests as a server takes: from wrk, or from a process of ours where wrk is not installed. */
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface Load {
  /** What makes it, with its version. */
  name: string
  /** @throws when any request was not answered with 200. */
  run(url: string, options: LoadOptions): Promise<LoadResult>
}

export interface LoadOptions {
  seconds: number
  connections: number
  /** Ends it. */
  signal: AbortSignal
}

export interface LoadResult {
  requests: number
  perSecond: number
}

/** @param bun the executable that the loop runs on when there is no wrk. */
export function chooseLoad(bun: string): Load {
  const wrk = spawnSync('wrk', ['-v'], { encoding: 'utf8' })
  return wrk.error === undefined ? wrkLoad(wrk.stdout) : fetchLoad(bun)
}

function wrkLoad(about: string): Load {
  return {
    name: /^wrk \S+/.exec(about)?.[0] ?? 'wrk',
    async run(url, { seconds, connections, signal }) {
      const args = ['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`, url]
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
    name: 'fetch in a loop (wrk is not installed: the load may be what limits the requests per second)',
    async run(url, { seconds, connections, signal }) {
      const { stdout } = await promisify(execFile)(bun, [program, url, `${seconds}`, `${connections}`], {
        signal,
      })
      return JSON.parse(stdout)
    },
  }
}
