/** Bytes that an engine takes for each character of a string. */

const WIDE = /[^\0-\xff]/

/** Longer strings are not searched, because that may take more than 1 ms. */
const MAX_SEARCHED = 1024 * 1024

/**
 * Returns 1 if all characters are below U+0100, otherwise 2; 2 for more than a million characters. Engines store each string in
 * one of the two widths. V8 answers the search of a narrow string without reading it. The search also joins the parts of a string
 * that was concatenated, so that it takes the memory of its characters alone.
 */
export function widthOf(text: string): 1 | 2 {
  return text.length > MAX_SEARCHED || WIDE.test(text) ? 2 : 1
}
