/** Decodes bodies of text so that encoding them again gives the same bytes. */

/** Throws for bytes that are not UTF-8, and does not remove a byte order mark. */
export const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
