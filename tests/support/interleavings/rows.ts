/** The rows of the modelled database, the keys under which they are cached, and random options for them. */
import type { LoadedOptions } from '../../../src/cache/lifetime.ts'
import type { ReadOptions, Strategy } from '../../../src/cache/read.ts'
import type { Resolved } from '../../../src/cache/resolve-options.ts'
import type { Dice } from './dice.ts'

export type Row = 'a' | 'b' | 'c'
/** A row is cached under two keys, as the variants of a response are. */
export type Key = `${Row}${1 | 2}`

export const rows: readonly Row[] = ['a', 'b', 'c']
export const tagsOf: Record<Row, readonly string[]> = { a: ['x'], b: ['x', 'y'], c: [] }
export const keysOf = (row: Row): Key[] => [`${row}1`, `${row}2`]
export const keys = rows.flatMap(keysOf)
export const rowOf = (key: Key) => key[0] as Row // by the type of a key

export function randomLifetime({ chance, upTo }: Dice, row: Row): LoadedOptions {
  return {
    ttlMs: upTo(30),
    staleWhileRevalidateMs: chance(0.5) ? upTo(40) : 0,
    staleIfErrorMs: chance(0.5) ? upTo(60) : 0,
    tags: tagsOf[row],
  }
}

/** Rare options of a load, in one of five loads. */
export function randomLoadedOptions({ chance, pick }: Dice, row: Row): LoadedOptions {
  if (chance(0.8)) return {}
  return pick<LoadedOptions>([
    { keep: false },
    { keep: pick(keysOf(row)) },
    { share: false },
    { failed: true },
    { failed: true, keep: false },
    { mustRevalidate: true },
    { bytes: 1e12 },
  ])
}

export function randomStrategy({ chance, pick }: Dice): Strategy {
  return chance(0.7) ? 'refresh' : pick<Strategy>(['fresh', 'refresh', 'invalidate', 'bypass'])
}

export function randomReadOptions({ chance, upTo }: Dice, strategy: Strategy): Resolved<ReadOptions<number>> {
  const options: Resolved<ReadOptions<number>> = { strategy }
  if (chance(0.1)) options.maxStaleMs = upTo(50)
  if (chance(0.15)) options.softTimeoutMs = upTo(20)
  if (chance(0.15)) options.hardTimeoutMs = upTo(60)
  if (chance(0.15)) options.earlyRefresh = 3
  if (chance(0.25)) {
    const retryable = (error: unknown) => error instanceof Error && error.message === 'down'
    options.retry = { attempts: 1 + upTo(3), baseMs: 10, maxMs: 30, retryable }
  }
  return options
}
