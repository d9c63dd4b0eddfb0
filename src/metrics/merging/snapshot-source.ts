/** The sources of an exposition: registries, and other objects that make snapshots. */
import type { OptionRule } from '../../options.ts'
import type { Snapshot } from '../series/family.ts'
import { merge } from './merge.ts'

/** A registry, or anything else with `collect`, such as `{ collect: () => merge(snapshotsOfAllProcesses) }`. */
export type SnapshotSource = { collect(): Snapshot | Promise<Snapshot> }

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

/** Returns the snapshot of the source, or of all sources merged. @throws the errors of `collect` and of `merge` */
export async function collectFrom(sources: SnapshotSource | readonly SnapshotSource[]): Promise<Snapshot> {
  if (!isList(sources)) return sources.collect()
  const snapshots = await Promise.all(sources.map(async (source) => source.collect()))
  return merge(snapshots)
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(sources: SnapshotSource | readonly SnapshotSource[]): sources is readonly SnapshotSource[] {
  return Array.isArray(sources)
}
