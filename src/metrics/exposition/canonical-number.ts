/**
 * Formats a number as OpenMetrics requires where the text is compared, as in `le`
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers): always as a float, `1.0`;
 * with a two-digit exponent from 1e+06 on and below 0.0001; with the fewest digits that parse to the same number.
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
