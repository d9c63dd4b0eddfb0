/**
 * Decodes Protocol Buffers by a schema, and throws on bytes that do not match it. Independent of the tested writer: it
 * computes with BigInt, and has the message types by name.
 */
import assert from 'node:assert/strict'

type Scalar = 'uint64' | 'uint32' | 'int64' | 'int32' | 'sint64' | 'sint32' | 'double' | 'string' | 'enum'
type Field = readonly [name: string, type: Scalar | Schema, repeated?: 'repeated']
type Schema = { readonly [field: number]: Field }
export type Decoded = { [field: string]: number | string | Decoded | (number | string | Decoded)[] }

const timestamp: Schema = { 1: ['seconds', 'int64'], 2: ['nanos', 'int32'] }
const label: Schema = { 1: ['name', 'string'], 2: ['value', 'string'] }
const exemplar: Schema = {
  1: ['label', label, 'repeated'],
  2: ['value', 'double'],
  3: ['timestamp', timestamp],
}
const span: Schema = { 1: ['offset', 'sint32'], 2: ['length', 'uint32'] }
const bucket: Schema = {
  1: ['cumulative_count', 'uint64'],
  2: ['upper_bound', 'double'],
  3: ['exemplar', exemplar],
  4: ['cumulative_count_float', 'double'],
}
const histogram: Schema = {
  1: ['sample_count', 'uint64'],
  2: ['sample_sum', 'double'],
  3: ['bucket', bucket, 'repeated'],
  4: ['sample_count_float', 'double'],
  5: ['schema', 'sint32'],
  6: ['zero_threshold', 'double'],
  7: ['zero_count', 'uint64'],
  8: ['zero_count_float', 'double'],
  9: ['negative_span', span, 'repeated'],
  10: ['negative_delta', 'sint64', 'repeated'],
  11: ['negative_count', 'double', 'repeated'],
  12: ['positive_span', span, 'repeated'],
  13: ['positive_delta', 'sint64', 'repeated'],
  14: ['positive_count', 'double', 'repeated'],
  15: ['created_timestamp', timestamp],
  16: ['exemplars', exemplar, 'repeated'],
}
const metric: Schema = {
  1: ['label', label, 'repeated'],
  2: ['gauge', { 1: ['value', 'double'] }],
  3: ['counter', { 1: ['value', 'double'], 2: ['exemplar', exemplar], 3: ['created_timestamp', timestamp] }],
  5: ['untyped', { 1: ['value', 'double'] }],
  6: ['timestamp_ms', 'int64'],
  7: ['histogram', histogram],
}
const metricFamily: Schema = {
  1: ['name', 'string'],
  2: ['help', 'string'],
  3: ['type', 'enum'],
  4: ['metric', metric, 'repeated'],
  5: ['unit', 'string'],
}

/** Decodes a stream of `io.prometheus.client.MetricFamily` messages, each preceded by its length. */
export function decodeFamilies(bytes: Uint8Array): Decoded[] {
  const input = { bytes, at: 0 }
  const families: Decoded[] = []
  while (input.at < bytes.length) families.push(message(lengthDelimited(input), metricFamily))
  return families
}

type Input = { readonly bytes: Uint8Array; at: number }

function message(bytes: Uint8Array, schema: Schema): Decoded {
  const input = { bytes, at: 0 }
  const decoded: Decoded = {}
  while (input.at < bytes.length) {
    const tag = varint(input)
    const field = schema[Number(tag >> 3n)]
    assert.ok(field, `field ${tag >> 3n} is unknown`)
    const [name, type, repeated] = field
    const values = fieldValues(input, Number(tag & 7n), type, repeated !== undefined)
    if (repeated) decoded[name] = [...((decoded[name] ?? []) as Decoded[]), ...values]
    else {
      assert.ok(!(name in decoded), `${name} twice`)
      decoded[name] = values[0] as Decoded
    }
  }
  return decoded
}

function fieldValues(
  input: Input,
  wireType: number,
  type: Field[1],
  repeated: boolean,
): (number | string | Decoded)[] {
  if (typeof type !== 'string') {
    assert.equal(wireType, 2)
    return [message(lengthDelimited(input), type)]
  }
  if (type === 'string') {
    assert.equal(wireType, 2)
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(lengthDelimited(input))]
  }
  if (repeated && wireType === 2) {
    const packed = { bytes: lengthDelimited(input), at: 0 }
    const values: number[] = []
    while (packed.at < packed.bytes.length) values.push(number(packed, type))
    return values
  }
  assert.equal(wireType, type === 'double' ? 1 : 0)
  return [number(input, type)]
}

function number(input: Input, type: Exclude<Scalar, 'string'>): number {
  if (type === 'double') {
    const bytes = take(input, 8)
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)
  }
  const value = varint(input)
  if (type.startsWith('sint')) return Number(value & 1n ? -(value >> 1n) - 1n : value >> 1n)
  return Number(type.startsWith('int') ? BigInt.asIntN(64, value) : value)
}

function lengthDelimited(input: Input): Uint8Array {
  return take(input, Number(varint(input)))
}

function take(input: Input, length: number): Uint8Array {
  const bytes = input.bytes.subarray(input.at, input.at + length)
  assert.equal(bytes.length, length, 'cut short')
  input.at += length
  return bytes
}

function varint(input: Input): bigint {
  let value = 0n
  for (let shift = 0n; ; shift += 7n) {
    assert.ok(shift < 70n, 'a varint of more than ten bytes')
    const [byte = 0] = take(input, 1)
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) {
      assert.ok(byte > 0 || shift === 0n, 'a varint longer than it need be')
      return value
    }
  }
}
