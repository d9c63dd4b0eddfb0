/** Sizes in bytes as text. */
import { digits3, whole } from './numbers.ts'
import { NARROW_SPACE } from './printable.ts'

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const

/** "512 B", "1.5 KiB", "48.2 MiB". The exact number belongs into a `title`. */
export function bytes(value: number): string {
  if (value < 1023.5) return `${whole(value)}${NARROW_SPACE}B`
  let size = value / 1024
  for (const unit of UNITS) {
    if (size < 999.5 || unit === 'TiB') return `${digits3(size)}${NARROW_SPACE}${unit}`
    size /= 1024
  }
  return whole(value)
}
