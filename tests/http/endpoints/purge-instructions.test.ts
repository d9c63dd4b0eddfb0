/** Compares the hand-written validation of a purge body with an equivalent zod schema. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { readInstructions } from '../../../src/http/endpoints/purge-instructions.ts'
import { validationProblem } from '../../../src/service/routes/validation-problem.ts'

const notUrl = 'must be an http or https URL, or begin with /'

/** The same rules as a schema. `isUrl` is replaced by the list of the valid URLs that the test generates. */
const schema = z
  .strictObject({
    urls: z
      .array(z.string().refine((text) => VALID_URLS.includes(text), notUrl))
      .min(1, 'must name a URL')
      .max(100, 'must name at most 100 URLs')
      .optional(),
    tags: z
      .array(z.string().refine((text) => text !== '', 'must not be empty')) // min(1) would measure a nested [] too
      .min(1, 'must name a tag')
      .max(100, 'must name at most 100 tags')
      .optional(),
    all: z.literal(true, 'must be true').optional(),
  })
  .refine(({ urls, tags, all }) => urls ?? tags ?? all, 'must have urls, tags or all')

const VALID_URLS = ['/', '/a?b', '//a', 'http://a.example/', 'HTTPS://a.example', 'http://[::1]:80/#x']
const INVALID_URLS = [
  '',
  'a',
  ' /a',
  'http://',
  'http://me@a.example/',
  'http://:pw@a.example/',
  'ftp://a.example/',
]

const item = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...VALID_URLS) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...INVALID_URLS, 1, null, {}, []) },
)
const list = fc.oneof(
  { weight: 8, arbitrary: fc.array(item, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(item, { minLength: 99, maxLength: 102 }) },
  // No '' here: zod also measures the length of a string that is no array, and adds a second message.
  { weight: 1, arbitrary: fc.constantFrom('/a', 1, null, {}, true) },
)
const all = fc.oneof(fc.constant(true), fc.jsonValue())
const members = fc.record({ urls: list, tags: list, all, x: fc.jsonValue() }, { requiredKeys: [] })
const body = fc.oneof({ weight: 5, arbitrary: members }, { weight: 1, arbitrary: fc.jsonValue() })

describe('readInstructions', () => {
  it('returns the errors of the schema, in its order, or the same instructions', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        const json: unknown = JSON.parse(JSON.stringify(given))
        const expected = schema.safeParse(json)
        const actual = readInstructions(json)
        if (expected.success) {
          const { urls = [], tags = [], all = false } = expected.data
          assert.deepEqual(actual, { instructions: { urls, tags, all } })
          return
        }
        const response = validationProblem({ ...expected, target: 'json' }) ?? assert.fail()
        const { errors } = (await response.json()) as { errors: unknown }
        assert.deepEqual(actual, { errors })
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses an object without instructions', () => {
    const errors = [{ field: 'body', message: 'must have urls, tags or all' }]
    assert.deepEqual(readInstructions({}), { errors })
  })

  it('reports an unknown member by its name, `__proto__` included', () => {
    const errors = [{ field: '__proto__', message: 'is not a field' }]
    assert.deepEqual(readInstructions(JSON.parse('{"all":true,"__proto__":{"tags":["a"]}}')), { errors })
  })
})
