/** The sources of an exposition: registries, and other objects that make snapshots. */
import type { OptionRule } from '../../options.ts'
import type { Snapshot } from '../series/family.ts'
import { merge } from './merge.ts'

/**
 * A registry, or anything else with `collect`, such as `{ collect: () => merge(snapshotsOfAllProcesses) }`. If there is
 * a `collectAsync` as in a registry, that is called instead.
 */
export type SnapshotSource = {
  collect(): Snapshot | Promise<Snapshot>
  collectAsync?(options?: { readonly deadlineMs?: number }): Promise<Snapshot>
}

/** Rule for one source, or an array of sources. */
export const snapshotSources: OptionRule = {
  expected: 'a registry such as createRegistry(), or an array of different registries',
  isValid: (value) => {
    if (!Array.isArray(value)) return isSource(value)
    return value.length > 0 && new Set(value).size === value.length && value.every(isSource)
  },
}

function isSource(value: unknown): boolean {
  return typeof (value as Partial<SnapshotSource> | null | undefined)?.collect === 'function'
}

/**
 * Returns the snapshot of the source, or of all sources merged.
 * @param deadlineMs time to wait for the values of each registry in ms; default: that of `collectAsync`
 * @throws the errors of `collect`, of `collectAsync` and of `merge`
 */
export async function collectFrom(
  sources: SnapshotSource | readonly SnapshotSource[],
  deadlineMs?: number,
): Promise<Snapshot> {
  const options = deadlineMs === undefined ? {} : { deadlineMs }
  const snapshotOf = async (source: SnapshotSource) => source.collectAsync?.(options) ?? source.collect()
  if (!isList(sources)) return snapshotOf(sources)
  return merge(await Promise.all(sources.map(snapshotOf)))
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(sources: SnapshotSource | readonly SnapshotSource[]): sources is readonly SnapshotSource[] {
  return Array.isArray(sources)
}
