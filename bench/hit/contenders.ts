/** The servers that the hit benchmark compares, each a program of this folder. */
import { join, resolve } from 'node:path'
import { isNode, type Runtime } from '../runtimes.ts'
import { versionOf } from '../version-of.ts'

export interface Contender {
  name: string
  title: string
  /** Path of the program. */
  program: string
  /** True if its responses must be cache hits. */
  isCached: boolean
  /** Requests per second that it should reach, relative to the bare handler. */
  target?: Record<'bun' | 'node', number>
}

/** The baseline: the other contenders are compared with it. */
export const BASELINE = 'bare'

const ours: Contender[] = [
  contender('bare', 'bare handler, no cache, no metrics', { isCached: false }),
  contender('nothing', 'a middleware that does nothing, before it', { isCached: false }),
  contender('front', 'the service, hits from its front', { target: { bun: 1.05, node: 1.05 } }),
  contender('middlewares', 'measured + cached, metrics on', { target: { bun: 0.8, node: 0.95 } }),
  contender('service', 'the service without its front'),
  contender('ocache', `ocache ${versionOf('ocache')}, no metrics`),
  contender('semantics', `http-cache-semantics ${versionOf('http-cache-semantics')}, no metrics`),
]

/** @param against folder of another checkout, whose own programs of hitrate take part too; none when empty */
export function contenders(against: string): Contender[] {
  if (against === '') return ours
  const names = ['front', 'middlewares', 'service']
  const others = ours
    .filter(({ name }) => names.includes(name))
    .map(({ name, title, isCached }) => ({
      name: `${name}, other checkout`,
      title: `other checkout: ${title}`,
      program: join(resolve(against), 'bench/hit', `${name}.ts`),
      isCached,
    }))
  return [...ours, ...others]
}

export function targetOf({ target }: Contender, runtime: Runtime): number | undefined {
  return target?.[isNode(runtime) ? 'node' : 'bun']
}

function contender(name: string, title: string, options: Partial<Contender> = {}): Contender {
  return { name, title, program: join(import.meta.dirname, `${name}.ts`), isCached: true, ...options }
}
