/** The policies that are compared. */
import type { Trace } from '../../tests/support/traces/synthetic.ts'
import { createArc } from './rivals/arc.ts'
import { createDensity } from './rivals/density.ts'
import { createLhd } from './rivals/lhd.ts'
import { createLru } from './rivals/lru.ts'
import { optimalRatio } from './rivals/optimum.ts'
import type { CreateRival } from './rivals/rival.ts'
import { createS3Fifo } from './rivals/s3-fifo.ts'
import { createSieve } from './rivals/sieve.ts'
import { createWTinyLfu } from './rivals/w-tinylfu.ts'

const policies = {
  LRU: createLru,
  ARC: createArc,
  SIEVE: createSieve,
  'S3-FIFO': createS3Fifo,
  'W-TinyLFU': createWTinyLfu,
  LHD: createLhd,
  density: createDensity,
} satisfies Record<string, CreateRival>

export type Policy = keyof typeof policies

export const policyNames = Object.keys(policies) as Policy[]

/** Hit ratios in percent. */
export type Ratios = Record<Policy | 'optimum', number>

/** Runs a trace against every policy. */
export function ratiosOf(trace: Trace, capacity: number, keys: number): Ratios {
  const ratios: Partial<Ratios> = { optimum: optimalRatio(trace, capacity, keys) }
  for (const name of policyNames) {
    const rival = policies[name](capacity, keys)
    let hits = 0
    for (const key of trace) if (rival.request(key)) hits++
    ratios[name] = (100 * hits) / trace.length
  }
  return ratios as Ratios // every name was run
}

/** Points of density above LRU, and above the best of the others. */
export function lead({ density, optimum: _, ...others }: Ratios): { overLru: number; overBest: number } {
  return { overLru: density - others.LRU, overBest: density - Math.max(...Object.values(others)) }
}
