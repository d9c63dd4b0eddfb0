/** The memory that this process may use, from the files of the system. */
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { memoryLimit } from './memory-limit.ts'

/** Returns bytes: see {@link memoryLimit}. */
export function processMemoryLimit(): number {
  return memoryLimit({ read, machineBytes: totalmem() })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // does not exist on this system
  }
}
