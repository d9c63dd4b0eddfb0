import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderProtobuf } from '../../../src/metrics/exposition/protobuf.ts'
import { decodeFamilies } from './protobuf-decoder.ts'
import { awkward, everything, histogram, scalar, snapshotOf } from './snapshots.ts'

it('protobuf of a small snapshot, byte by byte', () => {
  const reads = scalar(
    'counter',
    { name: 'r_total', help: 'R.' },
    {
      labels: { o: 'hit' },
      value: 3,
      created: 1.5,
      exemplar: { labels: { t: 'é' }, value: 1, timestamp: 200 },
    },
  )
  const waits = histogram(
    { name: 'w', unit: 'w', bounds: [0.5], native: { schema: -1, zeroThreshold: 0 } },
    { counts: [300, 0], sum: 2, created: 0, native: [[-1, 300]] },
  )
  const expected = [
    '4b', // a family, 75 bytes
    '0a07 725f746f74616c 1202 522e 1800', // name, help, type counter
    '223a', // metric, 58 bytes
    '0a08 0a016f 1203686974', // label
    '1a2e 09 0000000000000840', // counter, 46 bytes: 3,
    '1219 0a07 0a0174 1202c3a9 11 000000000000f03f 1a05 08c801 1000', // its exemplar: label, 1, 200 s
    '1a08 0801 1080cab5ee01', // created: 1 s, 500,000,000 ns
    '4d', // a family, 77 bytes
    '0a0177 1200 1804', // name, help, type histogram
    '2241 3a3f', // metric, 65 bytes; histogram, 63 bytes
    '08ac02 11 0000000000000040', // count 300, sum 2
    '1a0c 08ac02 11 000000000000e03f', // bucket: 300 up to 0.5
    '1a0c 08ac02 11 000000000000f07f', // bucket: 300 up to +Inf
    '2801 31 0000000000000000 3800', // schema -1, zero threshold 0, zero count 0
    '6204 0801 1001 6a02 d804', // span: from -1 on, one bucket; delta 300
    // created: unknown
    '2a0177', // unit
  ]
  assert.equal(
    Buffer.from(renderProtobuf(snapshotOf(reads, waits))).toString('hex'),
    expected.join('').replaceAll(' ', ''),
  )
})

it('protobuf of every kind of metric', () => {
  assert.deepEqual(decodeFamilies(renderProtobuf(everything)), [
    {
      name: 'cache_reads_total',
      help: `Reads: ${awkward}`,
      type: 0,
      metric: [
        {
          label: [
            { name: 'outcome', value: 'hit' },
            { name: 'cache', value: 'users' },
          ],
          counter: {
            value: 1234567,
            exemplar: {
              label: [
                { name: 'trace_id', value: '4bf92f35' },
                { name: 'note', value: 'a "b"\\c\n|d' },
              ],
              value: 1,
              timestamp: { seconds: 1767225700, nanos: 500000000 },
            },
            created_timestamp: { seconds: 1767225600, nanos: 125000000 },
          },
        },
        {
          label: [
            { name: 'outcome', value: 'miss' },
            { name: 'cache', value: awkward },
          ],
          counter: { value: 3, created_timestamp: { seconds: 1767225601, nanos: 0 } },
        },
      ],
    },
    {
      name: 'logins',
      help: '',
      type: 0,
      metric: [{ counter: { value: 9007199254740991 } }],
    },
    {
      name: 'busy_seconds_total',
      help: 'Busy.',
      type: 0,
      metric: [{ counter: { value: 0.25, created_timestamp: { seconds: 1, nanos: 0 } } }],
      unit: 'seconds',
    },
    {
      name: 'temperature_celsius',
      help: 'How warm.',
      type: 1,
      metric: [
        { label: [{ name: 'where', value: 'nowhere' }], gauge: { value: Number.NaN } },
        { label: [{ name: 'where', value: 'star' }], gauge: { value: Number.POSITIVE_INFINITY } },
        { label: [{ name: 'where', value: 'void' }], gauge: { value: Number.NEGATIVE_INFINITY } },
        { label: [{ name: 'where', value: 'here' }], gauge: { value: -0.00001 } },
      ],
      unit: 'celsius',
    },
    { name: 'unread', help: 'Without series.', type: 1 },
    {
      name: 'app_build_info',
      help: 'Build.',
      type: 1,
      metric: [{ label: [{ name: 'version', value: '1.2.3' }], gauge: { value: 1 } }],
    },
    {
      name: 'load_duration_seconds',
      help: 'Loads.',
      type: 4,
      metric: [
        {
          label: [{ name: 'cache', value: 'users' }],
          histogram: {
            sample_count: 4,
            sample_sum: 2000000.5,
            bucket: [
              {
                cumulative_count: 2,
                upper_bound: 0.001,
                exemplar: {
                  label: [{ name: 'trace_id', value: 'first' }],
                  value: 0.0005,
                  timestamp: { seconds: 1767225703, nanos: 250000000 },
                },
              },
              { cumulative_count: 2, upper_bound: 0.25 },
              {
                cumulative_count: 3,
                upper_bound: 1,
                exemplar: { value: 1, timestamp: { seconds: 1767225704, nanos: 0 } },
              },
              { cumulative_count: 3, upper_bound: 1000000 },
              {
                cumulative_count: 4,
                upper_bound: Number.POSITIVE_INFINITY,
                exemplar: {
                  label: [{ name: 'trace_id', value: 'last' }],
                  value: 2000000,
                  timestamp: { seconds: 1767225705, nanos: 0 },
                },
              },
            ],
            created_timestamp: { seconds: 1767225602, nanos: 0 },
          },
        },
        {
          label: [{ name: 'cache', value: awkward }],
          histogram: {
            sample_count: 0,
            sample_sum: 0,
            bucket: [
              { cumulative_count: 0, upper_bound: 0.001 },
              { cumulative_count: 0, upper_bound: 0.25 },
              { cumulative_count: 0, upper_bound: 1 },
              { cumulative_count: 0, upper_bound: 1000000 },
              { cumulative_count: 0, upper_bound: Number.POSITIVE_INFINITY },
            ],
            created_timestamp: { seconds: 1767225603, nanos: 500000000 },
          },
        },
      ],
      unit: 'seconds',
    },
    {
      name: 'wait_seconds',
      help: 'Native only.',
      type: 4,
      metric: [
        {
          histogram: {
            sample_count: 12,
            sample_sum: 6.5,
            schema: 3,
            zero_threshold: 1e-9,
            zero_count: 2,
            positive_span: [
              { offset: -8, length: 2 },
              { offset: 6, length: 1 },
              { offset: 15, length: 1 },
            ],
            positive_delta: [3, -2, 4, -4],
            created_timestamp: { seconds: 1767225604, nanos: 0 },
            exemplars: [
              {
                label: [{ name: 'trace_id', value: 'native' }],
                value: 0.5,
                timestamp: { seconds: 1767225706, nanos: 0 },
              },
            ],
          },
        },
      ],
    },
    {
      name: 'body_bytes',
      help: 'Both.',
      type: 4,
      metric: [
        {
          label: [{ name: 'size', value: 'some' }],
          histogram: {
            sample_count: 3,
            sample_sum: 7000,
            bucket: [
              { cumulative_count: 1, upper_bound: 1024 },
              { cumulative_count: 3, upper_bound: Number.POSITIVE_INFINITY },
            ],
            schema: 0,
            zero_threshold: 0,
            zero_count: 0,
            positive_span: [
              { offset: 9, length: 1 },
              { offset: 1, length: 2 },
            ],
            positive_delta: [1, 0, 0],
            created_timestamp: { seconds: 1767225605, nanos: 0 },
          },
        },
        {
          label: [{ name: 'size', value: 'none' }],
          histogram: {
            sample_count: 0,
            sample_sum: 0,
            bucket: [
              { cumulative_count: 0, upper_bound: 1024 },
              { cumulative_count: 0, upper_bound: Number.POSITIVE_INFINITY },
            ],
            schema: 0,
            zero_threshold: 0,
            zero_count: 0,
            positive_span: [{ offset: 0, length: 0 }],
            created_timestamp: { seconds: 1767225606, nanos: 0 },
          },
        },
      ],
    },
  ])
})

it('protobuf of an empty snapshot is empty', () => {
  assert.equal(renderProtobuf(snapshotOf()).length, 0)
})

it('renderProtobuf does not change the snapshot', () => {
  const before = structuredClone(everything)
  assert.deepEqual(renderProtobuf(everything), renderProtobuf(everything))
  assert.deepEqual(everything, before)
})

describe('an empty native histogram differs from a classic one', () => {
  const empty = (native: { schema: number; zeroThreshold: number }) =>
    decodeFamilies(renderProtobuf(snapshotOf(histogram({ name: 'h', native }, { counts: [0], sum: 0 }))))
  const common = { sample_count: 0, sample_sum: 0, zero_count: 0 }
  const family = (histogram: object) => [{ name: 'h', help: '', type: 4, metric: [{ histogram }] }]

  it('an empty native histogram has its zero bucket', () => {
    assert.deepEqual(
      empty({ schema: 3, zeroThreshold: 2 ** -128 }),
      family({ ...common, schema: 3, zero_threshold: 2 ** -128 }),
    )
  })

  it('an empty native histogram without a zero bucket has an empty span', () => {
    assert.deepEqual(
      empty({ schema: -4, zeroThreshold: 0 }),
      family({ ...common, schema: -4, zero_threshold: 0, positive_span: [{ offset: 0, length: 0 }] }),
    )
  })
})

it('times before 1970 are rounded down to seconds, plus nanoseconds', () => {
  const counter = scalar('counter', { name: 'c' }, { value: 0, created: -1.25 })
  assert.deepEqual(decodeFamilies(renderProtobuf(snapshotOf(counter)))[0]?.metric, [
    { counter: { value: 0, created_timestamp: { seconds: -2, nanos: 750000000 } } },
  ])
})
