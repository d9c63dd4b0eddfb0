/**
 * The line of one sample in both text formats.
 * @param labels the `text` of an `Identity`
 * @param value the value as text, with everything that follows it in the line
 */
export function sampleLine(name: string, labels: string, value: string): string {
  if (labels === '') return `${name} ${value}\n`
  // Concatenates the short end first: engines copy short strings but link long ones, and reading linked strings is
  // slow.
  const end = `} ${value}\n`
  return `${name}{${labels}${end}`
}
