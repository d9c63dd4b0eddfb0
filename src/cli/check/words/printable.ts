/** Text from a server for a terminal, which takes control characters for commands. */

/** C0 and C1: terminals read U+009B as the beginning of an escape sequence, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

/** The text with each control character as `\u009b`, the form that JSON has for it. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
