/** Recognises requests that a page of another origin makes with the user's browser (CSRF). */

/** True if a browser says so (`Sec-Fetch-Site`), or, for older ones, if `Origin` is not that of the request. */
export function isCrossSite(headers: Headers, url: string): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin'
  const origin = headers.get('origin')
  if (origin === null) return false // no browser: all of them send Origin with a POST from another origin
  const host = URL.parse(origin)?.host
  return host === undefined || host !== URL.parse(url)?.host
}
