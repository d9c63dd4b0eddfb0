/** Size of values that a server accepts. */

/** More than the bytes that the server adds to an item: its header, the CAS number, flags and a line break. */
const ITEM_OVERHEAD = 100

/** Returns true unless the server would refuse the value. */
export function isAccepted(maxItemBytes: number, key: string, value: Uint8Array): boolean {
  return key.length + value.length + ITEM_OVERHEAD <= maxItemBytes
}
