/** Several `hitHeaders` as the one that a front takes. */
import type { HeaderValues, HitHeaders } from '../http/front/hit-headers.ts'

/** A hit gets the headers of all of them, and goes through the router if one of them says so. `undefined` for none. */
export function joinHitHeaders(all: readonly HitHeaders[]): HitHeaders | undefined {
  if (all.length < 2) return all[0]
  return {
    reads: all.flatMap(({ reads }) => reads),
    sets: all.flatMap(({ sets }) => sets),
    values(received, status) {
      const values: (string | undefined)[] = []
      let isPresent = false
      let index = 0
      for (const one of all) {
        const own = one.values(received.slice(index, index + one.reads.length), status)
        if (own === 'route') return 'route'
        index += one.reads.length
        isPresent ||= own !== undefined
        for (let i = 0; i < one.sets.length; i++) values.push(own?.[i])
      }
      return isPresent ? (values satisfies HeaderValues) : undefined
    },
  }
}
