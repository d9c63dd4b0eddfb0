/** Access traces: those of this project, and all of a folder. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Trace, zipf } from '../../tests/support/traces/synthetic.ts'
import { web07 } from '../../tests/support/traces/web07.ts'

export interface NamedTrace {
  name: string
  /** Reads the trace, with keys numbered in the order of their first request. */
  read: () => Trace
}

/**
 * @param folder files `NAME.trace[.xz]` of big-endian 32-bit keys, and `NAME.lis[.zst]` of lines `first-key count ...`; others are left out
 * @param requests most requests of a trace
 */
export function tracesOf(folder: string, requests: number): NamedTrace[] {
  const files =
    folder === '' ? [] : readdirSync(folder).filter((file) => /\.(trace|lis)(\.xz|\.zst)?$/.test(file))
  const read = files.map((file) => ({
    name: file.replace(/\..*/, ''),
    read: () => numbered(keysOf(join(folder, file)).slice(0, requests)),
  }))
  const own = [
    { name: 'web07', read: () => web07().slice(0, requests) },
    { name: 'zipf(0.9)', read: () => numbered(zipf(0.9, { requests: Math.min(requests, 1_000_000) })) },
  ]
  return [...own.filter(({ name }) => !read.some((other) => other.name === name)), ...read]
}

function keysOf(path: string): Trace | number[] {
  const bytes = contentOf(path)
  if (path.includes('.trace')) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i))
  }
  const keys: number[] = []
  for (const line of bytes.toString('latin1').split('\n')) {
    const [first = 0, count = 0] = line.split(' ').map(Number)
    for (let i = 0; i < count; i++) keys.push(first + i)
  }
  return keys
}

function contentOf(path: string): Buffer {
  const program = path.endsWith('.xz') ? 'xz' : path.endsWith('.zst') ? 'zstd' : undefined
  if (program === undefined) return readFileSync(path)
  return execFileSync(program, ['-dc', path], { maxBuffer: 2 ** 30 })
}

function numbered(keys: Trace | readonly number[]): Trace {
  const numbers = new Map<number, number>()
  return Int32Array.from(keys, (key) => {
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
}
