/** All rows, by chapter. */
import { cacheStatus } from './cache-status.ts'
import { codings } from './codings.ts'
import { conditional } from './conditional.ts'
import { dependencies } from './dependencies.ts'
import { failing } from './failing.ts'
import { freshness } from './freshness.ts'
import { invalidation } from './invalidation.ts'
import { ranges } from './ranges.ts'
import { reusing } from './reusing.ts'
import type { Row } from './row.ts'
import { stale } from './stale.ts'
import { storing } from './storing.ts'
import { targeted } from './targeted.ts'
import { transparency } from './transparency.ts'
import { validation } from './validation.ts'

export const chapters: Readonly<Record<string, readonly Row[]>> = {
  storing,
  'targeted headers': targeted,
  freshness,
  reusing,
  'content codings': codings,
  'undeclared dependencies': dependencies,
  'conditional requests': conditional,
  ranges,
  validation,
  'stale responses': stale,
  'failing handlers': failing,
  invalidation,
  'Cache-Status': cacheStatus,
  transparency,
}
