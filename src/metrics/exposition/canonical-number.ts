/**
 * Numbers as OpenMetrics wants them wherever their text is compared, as in `le`
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers): always a float's, so `1.0`;
 * with an exponent of two digits from 1e+06 on and below 0.0001; never more digits than it takes to read the same number.
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
