/** Starts the shop as a process, and sends it commands. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Command } from './shop.ts'

export interface Shop {
  /** Requests the products one after another, spread over a second. */
  serve(ids: string[]): Promise<Answer>
  /** Resolves when no stored response of these products is served any more. */
  invalidate(ids: string[]): Promise<Answer>
  /** Sends the signal; resolves when the process has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export async function startShop(cacheFile: string, priceFile: string): Promise<Shop> {
  const child = fork(new URL('shop.ts', import.meta.url).pathname, [cacheFile, priceFile])
  await once(child, 'message')

  async function ask(command: Command): Promise<Answer> {
    child.send(command)
    const [answer] = await once(child, 'message')
    return answer
  }

  return {
    serve: (ids) => ask({ kind: 'serve', ids }),
    invalidate: (ids) => ask({ kind: 'invalidate', ids }),
    async end(signal) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}
