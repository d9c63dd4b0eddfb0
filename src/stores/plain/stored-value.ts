/** Binary format of a value in a plain store: the generations from before its load, then the bytes. */

export interface StoredValue {
  /** Token of the load or write. */
  readonly id: string
  /** Generation of the namespace. */
  readonly namespace: string
  /** Generation of the name. */
  readonly name: string
  /** Generations of the tags. */
  readonly tags: readonly (readonly [tag: string, generation: string])[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** "HPV" and the number of the format. Then 4 bytes with the length of the header, the header in JSON, and the bytes. */
const MAGIC = 0x48505601
const LENGTH_AT = 4
const HEADER_AT = 8

export function encodeValue({ bytes, ...rest }: StoredValue): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(JSON.stringify(rest))
  const encoded = new Uint8Array(HEADER_AT + header.length + bytes.length)
  const view = new DataView(encoded.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(LENGTH_AT, header.length)
  encoded.set(header, HEADER_AT)
  encoded.set(bytes, HEADER_AT + header.length)
  return encoded
}

/** Decodes any bytes, and never throws. Returns `undefined` for bytes that hold no value. */
export function decodeValue(encoded: Uint8Array): StoredValue | undefined {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  if (encoded.length < HEADER_AT || view.getUint32(0) !== MAGIC) return undefined
  const end = HEADER_AT + view.getUint32(LENGTH_AT)
  if (end > encoded.length) return undefined
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(encoded.subarray(HEADER_AT, end)))
    // Copied, because the client may reuse its buffer.
    return isHeader(header) ? { ...header, bytes: new Uint8Array(encoded.subarray(end)) } : undefined
  } catch {
    return undefined // no JSON
  }
}

function isHeader(header: unknown): header is Omit<StoredValue, 'bytes'> {
  if (typeof header !== 'object' || header === null) return false
  const { id, namespace, name, tags } = header as Record<string, unknown> // checked below
  return [id, namespace, name].every((value) => typeof value === 'string') && isListOfPairs(tags)
}

function isListOfPairs(tags: unknown): boolean {
  return (
    Array.isArray(tags) &&
    tags.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((one) => typeof one === 'string'),
    )
  )
}
