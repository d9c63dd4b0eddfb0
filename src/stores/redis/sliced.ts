/** Divides a list into lists of at most `size` items. */
export function sliced<T>(items: readonly T[], size: number): (readonly T[])[] {
  if (items.length === 0) return []
  if (items.length <= size) return [items]
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}
