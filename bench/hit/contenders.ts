/** The servers that the hit benchmark compares, each a program of this folder. */
import { join, resolve } from 'node:path'
import { versionOf } from '../version-of.ts'

export interface Contender {
  name: string
  title: string
  /** Path of the program. */
  program: string
  /** Environment variables of the program. */
  env: Readonly<Record<string, string>>
  /** True if its responses must be cache hits. */
  isCached: boolean
  /** True if it must count its reads at `/metrics`. */
  hasMetrics: boolean
}

/** The baseline: the other contenders are compared with it. */
export const BASELINE = 'bare'

const ours: Contender[] = [
  contender('bare', 'bare handler, no cache, no metrics', { isCached: false }),
  contender('nothing', 'a middleware that does nothing, before it', { isCached: false }),
  contender('socket-bare', 'the bare handler behind the server that sends hits from the socket', {
    isCached: false,
  }),
  contender('front', 'the service, hits from its front', { hasMetrics: true }),
  contender('socket', 'the service, hits from the socket', { hasMetrics: true }),
  contender('middlewares', 'measured + cached, metrics on', { hasMetrics: true }),
  contender('handler', 'cached(options, handler), metrics on', { hasMetrics: true }),
  contender('service', 'the service without its front', { hasMetrics: true }),
  contender('ocache', `ocache ${versionOf('ocache')}, no metrics`),
  contender('semantics', `http-cache-semantics ${versionOf('http-cache-semantics')}, no metrics`),
]

/**
 * @param flag names separated by commas, or `all`; the baseline always takes part
 * @param against folder of another checkout, whose own programs of hitrate take part too; none when empty
 * @throws {TypeError} when a name is not known.
 */
export function contendersIn(flag: string, against: string): Contender[] {
  const names = flag === 'all' ? ours.map(({ name }) => name) : flag.split(',')
  const unknown = names.find((name) => !ours.some((contender) => contender.name === name))
  if (unknown !== undefined) {
    const known = ours.map(({ name }) => name).join(', ')
    throw new TypeError(`--contenders must be all, or name ${known}, got ${unknown}`)
  }
  const chosen = ours.filter(({ name }) => name === BASELINE || names.includes(name))
  if (against === '') return chosen
  const others = chosen
    .filter(({ hasMetrics }) => hasMetrics)
    .map((contender) => ({
      ...contender,
      name: `${contender.name}, other checkout`,
      title: `other checkout: ${contender.title}`,
      program: join(resolve(against), 'bench/hit', `${contender.name}.ts`),
    }))
  return [...chosen, ...others]
}

function contender(name: string, title: string, options: Partial<Contender> = {}): Contender {
  const program = join(import.meta.dirname, `${name}.ts`)
  return { name, title, program, env: {}, isCached: true, hasMetrics: false, ...options }
}
