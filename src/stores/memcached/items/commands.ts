/** Meta commands that several operations use. */
import type { MetaCommand } from '../client/meta-command.ts'
import { LEASE_CONTENT } from './entry-items.ts'
import { MAX_SECONDS } from './lifetimes.ts'

const EMPTY = new Uint8Array(0)

/** Reads an item. @param flags further flags */
export function read(key: string, flags = ''): MetaCommand {
  return { verb: 'mg', key, flags: flags === '' ? 'c v' : `c v ${flags}` }
}

/** Reads the CAS number of an item, without its content. */
export function readCas(key: string, flags = ''): MetaCommand {
  return { verb: 'mg', key, flags: flags === '' ? 'c' : `c ${flags}` }
}

/** Makes a mark if it is missing. Default: for as long as the server allows. */
export function createMark(key: string, seconds = MAX_SECONDS): MetaCommand {
  return { verb: 'ms', key, flags: `ME T${seconds}`, value: EMPTY }
}

/** Writes an empty mark: everything with a lease from before is dead. @param flags further flags */
export function writeMark(key: string, seconds = MAX_SECONDS, flags = ''): MetaCommand {
  return { verb: 'ms', key, flags: flags === '' ? `c T${seconds}` : `c T${seconds} ${flags}`, value: EMPTY }
}

/** Writes a lease. @param flags the condition: `ME`, `C<cas>`, or empty */
export function writeLease(key: string, seconds: number, condition: string): MetaCommand {
  const flags = condition === '' ? `c T${seconds}` : `${condition} c T${seconds}`
  return { verb: 'ms', key, flags, value: LEASE_CONTENT }
}

/** Deletes an item. @param cas only if this is its CAS number. Default: in any case. */
export function remove(key: string, cas?: number): MetaCommand {
  return { verb: 'md', key, flags: cas === undefined ? '' : `C${cas}` }
}

/** Gives an item another CAS number, if this is its present one: a lease that was granted at the old number is lost. */
export function renumber(key: string, cas: number, flags = ''): MetaCommand {
  return { verb: 'md', key, flags: flags === '' ? `I C${cas}` : `I C${cas} ${flags}` }
}
