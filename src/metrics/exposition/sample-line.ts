/**
 * A sample as both text formats write it.
 * @param labels as `Identity` has them
 * @param value and what follows it on the line
 */
export function sampleLine(name: string, labels: string, value: string): string {
  if (labels === '') return `${name} ${value}\n`
  // The end is put together first: what is short is copied, what is long is linked, and links cost when it is all read.
  const end = `} ${value}\n`
  return `${name}{${labels}${end}`
}
