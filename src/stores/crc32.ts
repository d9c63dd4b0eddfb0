/** CRC-32 of zlib and Ethernet (IEEE 802.3, reflected): detects altered or truncated bytes. */

/** Eight tables of 256 values: the n-th is for a byte that is followed by n more, so that one step takes eight bytes. */
const TABLES = tables()

function tables(): Int32Array {
  const all = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320
    all[byte] = crc
  }
  for (let i = 256; i < all.length; i++) {
    const before = all[i - 256] ?? 0
    all[i] = (before >>> 8) ^ (all[before & 0xff] ?? 0)
  }
  return all
}

/** @returns an unsigned 32-bit integer. Any change within 32 adjacent bits changes it. */
export function crc32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let crc = -1
  let at = 0
  for (; at + 8 <= bytes.length; at += 8) {
    const low = crc ^ view.getInt32(at, true)
    const high = view.getInt32(at + 4, true)
    crc =
      entry(7, low) ^
      entry(6, low >>> 8) ^
      entry(5, low >>> 16) ^
      entry(4, low >>> 24) ^
      entry(3, high) ^
      entry(2, high >>> 8) ^
      entry(1, high >>> 16) ^
      entry(0, high >>> 24)
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ entry(0, crc ^ view.getUint8(at))
  return ~crc >>> 0
}

function entry(following: number, byte: number): number {
  return TABLES[following * 256 + (byte & 0xff)] ?? 0
}
