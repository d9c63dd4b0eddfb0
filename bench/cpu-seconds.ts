/** Processor time of running processes, from /proc. */
import { existsSync, readFileSync } from 'node:fs'

/** Clock ticks per second in /proc (USER_HZ on Linux). */
const TICKS_PER_SECOND = 100

/** User and system time of a process and of its descendants so far; undefined where there is no /proc. */
export function cpuSecondsOf(pid: number): number | undefined {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return undefined
  const stat = readFileSync(file, 'utf8')
  // The process name may contain spaces, so the fields are counted from the parenthesis that ends it: the third is first.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  return childrenOf(pid).reduce((sum, child) => sum + (cpuSecondsOf(child) ?? 0), own)
}

/** Children that any thread of the process has started. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}
