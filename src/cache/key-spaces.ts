/**
 * Keys in the stores. Keys of data and keys of HTTP responses never meet, so data under a URL leaves the response of that URL
 * alone. Keys of the usual kinds stay as they are, because a longer copy would cost time at every look-up: a key of data that is
 * no URL, and the key of a response that is one.
 */
/**
 * Maximum length of a key, in UTF-16 units. A longer key is an error, so code that makes keys from requests must limit their
 * length.
 */
export const MAX_KEY_LENGTH = 8192

export interface KeySpace {
  /** Returns the key in the stores; `undefined` if the key is not valid. */
  toStoreKey(key: string): string | undefined
  /** As `toStoreKey`. @throws {TypeError} when the key is not valid. */
  storeKeyOf(key: string): string
  /** @throws {TypeError} when the key is not valid. */
  requireKey(key: string): void
  /** Returns the key of a store key; `undefined` if it belongs to another space. */
  keyOf(storeKey: string): string | undefined
  /** Returns the tags that follow from a key in the stores. */
  derivedTags(storeKey: string): readonly string[]
}

export interface KeySpaces {
  readonly data: KeySpace
  readonly http: HttpKeySpace
  /** Returns the space of a key in the stores. */
  of(storeKey: string): KeySpace
}

export interface HttpKeySpace extends KeySpace {
  /** Sets the function that returns the tags that follow from a key. Default: there are none. */
  deriveTags(derive: (key: string) => readonly string[]): void
}

/** Begins the keys of most responses, and no store key of data. */
const URL_START = 'http'
/** Begins the store keys of data that would otherwise begin like that of a response. */
const DATA = '\nd'
/** Begins the store keys of responses whose `keyGenerator` makes no URL. */
const HTTP = '\nh'

const NO_TAGS: readonly string[] = []

/** @param prefix the namespace and a colon, or an empty string. */
export function createKeySpaces(cacheName: string, prefix: string): KeySpaces {
  const starts = [prefix, prefix + DATA, prefix + HTTP]
  const data = keySpace(cacheName, starts, (key) =>
    key.startsWith(URL_START) || key.startsWith('\n') ? prefix + DATA + key : prefix + key,
  )
  const responses = keySpace(cacheName, starts, (key) =>
    key.startsWith(URL_START) ? prefix + key : prefix + HTTP + key,
  )
  let derive: (key: string) => readonly string[] = () => NO_TAGS
  const http: HttpKeySpace = {
    ...responses,
    derivedTags(storeKey) {
      const key = responses.keyOf(storeKey)
      return key === undefined ? NO_TAGS : derive(key)
    },
    deriveTags(given) {
      derive = given
    },
  }

  function of(storeKey: string): KeySpace {
    const isHttp = storeKey.startsWith(URL_START, prefix.length) || storeKey.startsWith(HTTP, prefix.length)
    return isHttp ? http : data
  }

  return { data, http, of }
}

/** @param starts the texts that `mark` may put before a key. */
function keySpace(cacheName: string, starts: readonly string[], mark: (key: string) => string): KeySpace {
  function isValid(key: string): boolean {
    return typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH
  }

  function requireKey(key: string): void {
    if (isValid(key)) return
    throw new TypeError(`cache ${cacheName}: a key must be a string of 1 to ${MAX_KEY_LENGTH} characters`)
  }

  return {
    derivedTags: () => NO_TAGS,
    requireKey,
    toStoreKey: (key) => (isValid(key) ? mark(key) : undefined),
    storeKeyOf(key) {
      requireKey(key)
      return mark(key)
    },
    keyOf(storeKey) {
      for (const start of starts) {
        const key = storeKey.slice(start.length)
        if (storeKey.startsWith(start) && mark(key) === storeKey) return key
      }
      return undefined
    },
  }
}
