/**
 * Values as text, because not every client sends and returns bytes. The first letter tells the form: `u` UTF-8, `b` base64. No
 * JSON begins with one of them, because the client of Upstash parses every reply that is JSON.
 */

const encoder = new TextEncoder()
/** The option ignoreBOM keeps a byte order mark at the start of the value. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function textOf(bytes: Uint8Array): string {
  try {
    return `u${decoder.decode(bytes)}`
  } catch {
    return `b${base64Of(bytes)}` // not UTF-8
  }
}

/** @throws {TypeError} for a text that {@link textOf} did not make. */
export function bytesOf(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text === 'string' && text.startsWith('u')) return encoder.encode(text.slice(1))
  if (typeof text === 'string' && text.startsWith('b')) {
    return Uint8Array.from(atob(text.slice(1)), (letter) => letter.charCodeAt(0))
  }
  throw new TypeError('a value in Redis has an unknown form')
}

/** Number of bytes that are passed as arguments of one call. */
const STEP = 8192

function base64Of(bytes: Uint8Array): string {
  let letters = ''
  for (let at = 0; at < bytes.length; at += STEP) {
    letters += String.fromCharCode(...bytes.subarray(at, at + STEP))
  }
  return btoa(letters)
}
