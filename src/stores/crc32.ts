/** CRC-32 of zlib and Ethernet (IEEE 802.3, reflected): detects altered or truncated bytes. */
import { nodeCrc32 } from '../node-builtins.ts'

/** The CRC of each byte. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320
  return crc
})

/** The CRC in JavaScript, for runtimes without zlib. */
export function crc32Portable(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0)
  return ~crc >>> 0
}

/** Returns the checksum, an unsigned 32-bit integer. Any change within 32 adjacent bits changes it. */
export const crc32: (bytes: Uint8Array) => number = nodeCrc32 ?? crc32Portable
