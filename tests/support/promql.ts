/** Finds the names and selectors in PromQL expressions, without a parser: for the expressions of this project. */

const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'Inf', 'NaN'])

/** A metric with its matchers, as it stands in an expression. */
const SELECTOR = /(?<![\w.])[a-zA-Z_:][\w:]*(?:\{(?:[^}"]|"(?:[^"\\]|\\.)*")*\})?/g

/** Returns each vector selector, such as `up{job="a"}`, once. */
export function selectorsOf(expression: string): string[] {
  const strings: string[] = []
  // Strings can contain anything, so they are numbers while the rest is matched.
  const text = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, (string) => `"${strings.push(string) - 1}"`)
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\boffset\s+\w+/g, ' ')
  const found = [...text.matchAll(SELECTOR)]
    .filter(({ 0: selector, index }) => {
      const isFunction = /^\s*\(/.test(text.slice(index + selector.length))
      return !isFunction && !KEYWORDS.has(selector)
    })
    .map(([selector]) => selector.replaceAll(/"(\d+)"/g, (_, i: string) => strings[Number(i)] ?? ''))
  return [...new Set(found)]
}

/** Returns the name of the metric in a selector. */
export function metricOf(selector: string): string {
  return selector.replace(/\{[\s\S]*/, '')
}
