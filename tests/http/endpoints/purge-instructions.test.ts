/** Compares the hand-written validation of a purge body with an equivalent zod schema. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { readInstructions } from '../../../src/http/endpoints/purge-instructions.ts'
import { validationProblem } from '../../../src/service/routes/validation-problem.ts'
import { rounds } from '../../support/rounds.ts'

const notUrl = 'must be an http or https URL, or begin with /'
const notPrefix = 'must be a path that begins and ends with /'

const needed = 'must have urls, tags, prefixes or all'

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
    prefixes: z
      .array(z.string().refine((text) => VALID_PREFIXES.includes(text), notPrefix))
      .min(1, 'must name a prefix')
      .max(100, 'must name at most 100 prefixes')
      .optional(),
    all: z.literal(true, 'must be true').optional(),
    soft: z.literal(true, 'must be true').optional(),
  })
  .refine(({ urls, tags, prefixes, all }) => urls ?? tags ?? prefixes ?? all, needed)

const VALID_PREFIXES = ['/', '//', '/a/', '/%41/b c/']
const VALID_URLS = [
  ...VALID_PREFIXES,
  '/',
  '/a?b',
  '//a',
  'http://a.example/',
  'HTTPS://a.example',
  'http://[::1]:80/#x',
]
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
const members = fc.record(
  { urls: list, tags: list, prefixes: list, all, soft: fc.constant(true), x: fc.jsonValue() },
  { requiredKeys: [] },
)
const body = fc.oneof({ weight: 5, arbitrary: members }, { weight: 1, arbitrary: fc.jsonValue() })

describe('readInstructions', () => {
  it('returns the errors of the schema, in its order, or the same instructions', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        const json: unknown = JSON.parse(JSON.stringify(given))
        const expected = schema.safeParse(json)
        const actual = readInstructions(json)
        if (expected.success) {
          const { urls = [], tags = [], prefixes = [], all = false, soft = false } = expected.data
          assert.deepEqual(actual, { instructions: { urls, tags, prefixes, all, soft } })
          return
        }
        const response = validationProblem({ ...expected, target: 'json' }) ?? assert.fail()
        const { errors } = (await response.json()) as { errors: unknown }
        assert.deepEqual(actual, { errors })
      }),
      { numRuns: rounds(500, 2000) },
    )
  })

  it('refuses an object without instructions', () => {
    const errors = [{ field: 'body', message: needed }]
    assert.deepEqual(readInstructions({}), { errors })
    assert.deepEqual(readInstructions({ soft: true }), { errors })
    const notSoft = [{ field: 'soft', message: 'must be true' }]
    for (const soft of [false, null, 1])
      assert.deepEqual(readInstructions({ all: true, soft }), { errors: notSoft })
  })

  it('refuses a wildcard in a URL or prefix, and says what to write', () => {
    const wildcard = 'must not contain * (as a character it is %2A):'
    const ofUrl = `${wildcard} purge all below a path with prefixes`
    const ofPrefix = `${wildcard} everything below /blog/ is the prefix /blog/`
    assert.deepEqual(
      readInstructions({ urls: ['/a', '/a/*', 'https://a/?*'], prefixes: ['/blog/*', '/*/'] }),
      {
        errors: [
          { field: 'urls.1', message: ofUrl },
          { field: 'urls.2', message: ofUrl },
          { field: 'prefixes.0', message: ofPrefix },
          { field: 'prefixes.1', message: ofPrefix },
        ],
      },
    )
    assert.ok('instructions' in readInstructions({ urls: ['/a%2Ab'], prefixes: ['/%2a/'] }))
  })

  it('refuses a prefix for which responses have no tag', () => {
    const deep = '/1/2/3/4/5/6/7/8/'
    const long = `/${'x'.repeat(198)}/`
    const errorOf = (prefix: string) => {
      const result = readInstructions({ prefixes: [prefix] })
      return 'errors' in result ? result.errors[0]?.message : undefined
    }
    assert.deepEqual([errorOf(deep), errorOf(long)], [undefined, undefined])
    assert.equal(errorOf(`${deep}9/`), 'must have at most 8 levels')
    assert.equal(errorOf(`/x${long}`), 'must have at most 200 characters')
    assert.equal(errorOf(`/${'é'.repeat(50)}/`), 'must have at most 200 characters', 'as the path of a URL')
    for (const prefix of ['', 'blog/', '/blog', 'https://a/blog/', '/blog/?a/', '/blog/#/']) {
      assert.equal(errorOf(prefix), notPrefix)
    }
  })

  it('reports an unknown member by its name, `__proto__` included', () => {
    const errors = [{ field: '__proto__', message: 'is not a field' }]
    assert.deepEqual(readInstructions(JSON.parse('{"all":true,"__proto__":{"tags":["a"]}}')), { errors })
  })
})
