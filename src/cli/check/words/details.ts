/** The meaning of each word of `detail` in hitrate's `Cache-Status`, for the owner of the upstream. */

export interface Explanation {
  /** Ends the sentence `Not stored: ...`. */
  cause: string
  /** Advice that makes the response storable; absent where it should stay out of the cache. */
  remedy?: string
}

const explanations: Readonly<Record<string, Explanation>> = {
  'no-lifetime': {
    cause: 'the response sets no lifetime',
    remedy: 'Send Cache-Control: max-age=60 from the upstream.',
  },
  expired: {
    cause:
      'the lifetime is over on arrival, and without ETag or Last-Modified the response cannot be confirmed later',
    remedy:
      'Send a max-age above 0 (and above Age), or an ETag, so that a 304 can confirm the stored response.',
  },
  'no-cache': {
    cause:
      'no-cache requires a confirmation before each use, and without ETag or Last-Modified there is none',
    remedy: 'Send an ETag, and answer If-None-Match with 304.',
  },
  'no-store': {
    cause: 'the upstream forbids every cache to store the response (no-store)',
    remedy: 'If the response is the same for everyone, send Cache-Control: max-age=60 in place of no-store.',
  },
  private: {
    cause: 'the upstream allows only caches of a single user to store the response (private)',
    remedy:
      'If the response is the same for everyone, send Cache-Control: public, max-age=60 in place of private.',
  },
  'set-cookie': {
    cause: 'the response sets a cookie, which must not reach other clients',
    remedy:
      'Set the cookie in another response, send private="set-cookie", or remove cookies with --strip-cookies.',
  },
  'vary-any': {
    cause: 'Vary is * or invalid, so the response matches no later request',
    remedy: 'Name in Vary the request headers that change the response.',
  },
  status: {
    cause: 'responses of this status are not stored (206, 304, below 200, or a failed precondition)',
  },
  'event-stream': { cause: 'a stream of events (text/event-stream) has no end' },
  'already-sent': { cause: 'the response was written to the socket of Node itself' },
  'too-large': {
    cause: 'the body is larger than the largest that is stored',
    remedy: 'Raise --max-body-bytes of the proxy, or serve large files by other means.',
  },
  'decoded-body': {
    cause: 'the body is not in the coding that Content-Encoding names',
    remedy: 'Send the body in the coding that Content-Encoding names, or leave the header out.',
  },
  streaming: { cause: 'the body was still being read; it is stored if it completes' },
  head: { cause: 'a response to HEAD has no body to store' },
  thrown: { cause: 'the response was thrown as an error' },
  'other-tag': {
    cause: 'the upstream sent a 304 with another ETag than the one it was asked about',
    remedy: 'Answer If-None-Match with the ETag of the current response.',
  },
  authorization: {
    cause: 'the request has Authorization, and the response does not say that everyone may see it',
    remedy: 'If everyone may see the response, send Cache-Control: public, max-age=60.',
  },
  'depends-on-cookie': {
    cause:
      'the request has a cookie, the upstream got it, and the response does not say that it is the same for everyone',
    remedy: 'If it is, send Cache-Control: public, or remove cookies with --strip-cookies.',
  },
  'depends-on-authorization': {
    cause:
      'the request has Authorization, the upstream got it, and the response does not say that everyone may see it',
    remedy: 'If everyone may see the response, send Cache-Control: public.',
  },
  'depends-on-variable': {
    cause: 'the response was made from a variable that may come from a cookie or a token',
  },
  'depends-on-nonce': { cause: 'the response contains a nonce, which is for one response only' },
  'depends-on-header': {
    cause: 'the response was made from a request header that Vary does not name',
    remedy: 'Name the header in Vary.',
  },
  host: { cause: 'the Host of the request is not the host of its URL' },
  'key-too-long': {
    cause: 'the URL, or the headers that Vary names, have more than 8,192 characters',
    remedy: 'Shorten the URL, or name fewer headers in Vary.',
  },
  fragment: { cause: 'the URL contains #, which no request may' },
  upgrade: { cause: 'the request opens a websocket' },
  'not-registered': { cause: 'the handler is not registered in an app' },
  'only-if-cached': { cause: 'the request accepts stored responses only, and none is stored' },
  'stale-if-error': { cause: 'the upstream failed, and a stale response was served' },
  'soft-timeout': { cause: 'the upstream was slow, and a stale response was served' },
  timeout: {
    cause: 'the upstream did not respond in time',
    remedy: 'Raise --timeout, or find out why it is slow.',
  },
}

/** The words that have an explanation, in the order of the documentation. */
export const explainedDetails: readonly string[] = Object.keys(explanations)

/** @param detail a word of `detail`; `depends-on-` and any header name is one. */
export function explainDetail(detail: string): Explanation {
  const [, header] = /^depends-on-(.+)$/.exec(detail) ?? []
  const known = Object.hasOwn(explanations, detail) ? explanations[detail] : undefined
  if (known !== undefined) return known
  if (header === undefined) return { cause: `hitrate says detail=${detail}` }
  return {
    cause: `the response was made from the request header ${header}, which Vary does not name`,
    remedy: `Send Vary: ${header}, or Cache-Control: public if the header has no effect.`,
  }
}

const forwardReasons: Readonly<Record<string, string>> = {
  'uri-miss': 'nothing usable was stored for this URL',
  'vary-miss': 'a response was stored, but not for these request headers',
  stale: 'the stored response was stale',
  request: 'the request demanded a new response',
  method: 'only responses to GET and HEAD are stored',
  partial: 'only parts of the response were stored',
  bypass: 'the cache was not asked',
}

/** The words of `fwd` that have an explanation. */
export const explainedForwardReasons: readonly string[] = Object.keys(forwardReasons)

export function explainForward(reason: string): string {
  return (
    (Object.hasOwn(forwardReasons, reason) ? forwardReasons[reason] : undefined) ??
    `hitrate says fwd=${reason}`
  )
}
