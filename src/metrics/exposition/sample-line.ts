/**
 * The line of one sample in both text formats.
 * @param labels the `text` of an `Identity`
 * @param value the rest of the line
 */
export function sampleLine(name: string, labels: string, value: string): string {
  if (labels === '') return `${name} ${value}\n`
  // Concatenates the end first: engines copy short strings but link long ones, and reading links later is slow.
  const end = `} ${value}\n`
  return `${name}{${labels}${end}`
}
