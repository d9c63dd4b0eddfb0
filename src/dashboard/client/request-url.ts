/** URLs of requests that the script of the page makes. */

/**
 * Returns the absolute URL of a link of the page. `fetch` refuses URLs with a name and a password, which the page's own URL has if it
 * was opened as `http://any:token@host/`; browsers send them anyway.
 *
 * @param base URL of the page.
 */
export function requestUrl(link: string, base: string): URL {
  const url = new URL(link, base)
  url.username = ''
  url.password = ''
  return url
}
