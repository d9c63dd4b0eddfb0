/** The fields of the form that purges, as the JSON body of the purge endpoint. */

const LISTS = ['urls', 'tags', 'prefixes']

/** Returns the JSON text for `kind`, `value` (one item per line) and `soft`. The endpoint checks it. */
export function purgeBody(fields: FormData): string {
  const kind = textOf(fields, 'kind')
  const soft = fields.has('soft') ? { soft: true } : {}
  if (kind === 'all') return JSON.stringify({ all: true, ...soft })
  const items = textOf(fields, 'value')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return JSON.stringify(LISTS.includes(kind) ? { [kind]: items, ...soft } : {})
}

/** Returns a field as text; an empty one if it is absent, or a file. */
export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name)
  return typeof value === 'string' ? value : ''
}
