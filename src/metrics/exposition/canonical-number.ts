/**
 * Formats a number in the canonical form of OpenMetrics, because scrapers compare the text of some numbers, such as
 * `le` (https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers). The form is always a
 * float (`1.0`), has the fewest digits that parse to the same number, and has a two-digit exponent from 1e+06 on and
 * below 0.0001.
 */
export function canonicalNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  const magnitude = Math.abs(value)
  if (magnitude === Number.POSITIVE_INFINITY) return value > 0 ? '+Inf' : '-Inf'
  if (magnitude >= 1e6 || (magnitude < 1e-4 && magnitude > 0)) {
    const written = value.toExponential()
    const hasOneDigit = /[+-]/.test(written.at(-2) ?? '')
    return hasOneDigit ? `${written.slice(0, -1)}0${written.slice(-1)}` : written
  }
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
