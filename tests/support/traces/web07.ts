/** Requests for product pages of a web shop. License and format: tests/traces/README.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { Trace } from './synthetic.ts'

const file = join(import.meta.dirname, '../../traces/web07.br')

export function web07(): Trace {
  const keys: number[] = []
  let key = 0
  let shift = 0
  for (const byte of brotliDecompressSync(readFileSync(file))) {
    key |= (byte & 127) << shift
    shift += 7
    if (byte >= 128) continue
    keys.push(key)
    key = 0
    shift = 0
  }
  return Int32Array.from(keys)
}
