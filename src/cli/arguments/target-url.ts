/** The URL that hitrate stands in front of, or that it checks. */
import type { Parsed } from './flag-value.ts'

/** @returns an http or https URL without a user name or a fragment. */
export function targetUrl(text: string): Parsed<URL> {
  const hasScheme = /^https?:/i.test(text)
  if (!hasScheme || !URL.canParse(text)) {
    const guess = `http://${text}`
    // `localhost:3000` parses as a URL of the scheme `localhost:`.
    const isGuessable = !text.includes('://') && /^[\w[][\w.[\]:-]*(?:\/|$)/.test(text) && URL.canParse(guess)
    return { problem: `must be a URL that begins with http:// or https://${isGuessable ? `: ${guess}` : ''}` }
  }
  const url = new URL(text)
  // A command line is visible to other users of the machine, and fetch refuses such a URL.
  if (url.username !== '' || url.password !== '')
    return { problem: 'must not contain a user name or password' }
  if (url.hash !== '') return { problem: 'must not contain #' }
  return { value: url }
}

/** As {@link targetUrl}, without a query: requests bring their own. */
export function upstreamUrl(text: string): Parsed<URL> {
  const parsed = targetUrl(text)
  const hasQuery = 'value' in parsed && parsed.value.search !== ''
  return hasQuery ? { problem: 'must not contain a query' } : parsed
}
