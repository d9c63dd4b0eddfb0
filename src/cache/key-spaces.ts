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
}

export interface KeySpaces {
  readonly data: KeySpace
  readonly http: KeySpace
  /** Returns the space of a key in the stores. */
  of(storeKey: string): KeySpace
  /** Returns the key of data that has this key in the stores; `undefined` if it is the key of a response. */
  dataKeyOf(storeKey: string): string | undefined
}

/** Begins the keys of most responses, and no store key of data. */
const URL_START = 'http'
/** Begins the store keys of data that would otherwise begin like that of a response. */
const DATA = '\nd'
/** Begins the store keys of responses whose `keyGenerator` makes no URL. */
const HTTP = '\nh'

/** @param prefix the namespace and a colon, or an empty string. */
export function createKeySpaces(cacheName: string, prefix: string): KeySpaces {
  const data = keySpace(cacheName, (key) =>
    key.startsWith(URL_START) || key.startsWith('\n') ? prefix + DATA + key : prefix + key,
  )
  const http = keySpace(cacheName, (key) => (key.startsWith(URL_START) ? prefix + key : prefix + HTTP + key))

  function of(storeKey: string): KeySpace {
    const isHttp = storeKey.startsWith(URL_START, prefix.length) || storeKey.startsWith(HTTP, prefix.length)
    return isHttp ? http : data
  }

  function dataKeyOf(storeKey: string): string | undefined {
    if (of(storeKey) === http) return undefined
    return storeKey.slice(prefix.length + (storeKey.startsWith(DATA, prefix.length) ? DATA.length : 0))
  }

  return { data, http, of, dataKeyOf }
}

function keySpace(cacheName: string, mark: (key: string) => string): KeySpace {
  function toStoreKey(key: string): string | undefined {
    return typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_LENGTH ? mark(key) : undefined
  }

  function storeKeyOf(key: string): string {
    const storeKey = toStoreKey(key)
    if (storeKey !== undefined) return storeKey
    throw new TypeError(`cache ${cacheName}: a key must be a string of 1 to ${MAX_KEY_LENGTH} characters`)
  }

  return { toStoreKey, storeKeyOf }
}
