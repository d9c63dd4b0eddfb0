/** Text from outside, in a form that a page can show: without control characters, and not longer than its place. */

/**
 * Control characters, line ends too; characters that change the direction of text or have no width, with which one key could look
 * like another; halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu

/** Replaces each unprintable character by its code, such as `\u0000`. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** U+202F, the space between groups of digits. */
export const NARROW_SPACE = '\u202f'

const ELLIPSIS = '…'

/** Keeps the beginning and the end, because keys often differ at the end. */
export function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const end = Math.floor((maxLength - 1) / 3)
  const start = maxLength - 1 - end
  return wellFormed(text.slice(0, start)) + ELLIPSIS + wellFormed(text.slice(text.length - end))
}

/** Without halves of pairs, which a cut leaves at the ends. */
function wellFormed(text: string): string {
  return text.replace(/^[\udc00-\udfff]/, '').replace(/[\ud800-\udbff]$/, '')
}
