/** The files of the OpenAPI document are those that tools/openapi/ makes; the document is valid and covers all routes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { document } from '../../../src/service/openapi/written-files.ts'
import { openapiFiles } from '../../../tools/openapi/openapi-files.ts'
import type { Document } from '../../../tools/openapi/openapi-types.ts'
import { exampleApp, recordAnswers } from '../../../tools/openapi/recorded-answers.ts'
import { createAnswerCheck } from '../../support/openapi/answer-check.ts'
import { importTool, skipUnlessTool } from '../../support/tools.ts'

/** The part of the validator's API that is used here. */
interface ValidatorModule {
  Validator: new () => { validate(document: object): Promise<{ valid: boolean; errors?: unknown }> }
}

const root = join(import.meta.dirname, '../../..')
const files = await openapiFiles()
const written = document as unknown as Document
const operations = Object.entries(written.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
)

describe('the OpenAPI document', () => {
  for (const [path, content] of Object.entries(files)) {
    it(`${path} is the one that tools/openapi/make-openapi.ts writes`, () => {
      assert.ok(readFileSync(join(root, path), 'utf8') === content, `${path} is out of date: npm run openapi`)
    })
  }

  it('is valid by the official schema of OpenAPI 3.1', {
    skip: skipUnlessTool('@seriousme/openapi-schema-validator'),
  }, async () => {
    const { Validator } = await importTool<ValidatorModule>('@seriousme/openapi-schema-validator')
    const validate = (candidate: object) => new Validator().validate(structuredClone(candidate))
    assert.deepEqual(await validate(written), { valid: true })
    assert.equal((await validate({ ...written, paths: { nothing: 1 } })).valid, false)
  })

  it('describes each route of the app, and no other', () => {
    const routes = exampleApp().routes.filter(({ method }) => method !== 'ALL')
    const served = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    const described = operations
      .filter(({ method }) => method !== 'head' && method !== 'options') // made of the others by Hono, and by notFound
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    assert.deepEqual(described.sort(), [...new Set(served)].sort())
  })

  it('has HEAD for each GET, OPTIONS for each path, and a unique id for each operation', () => {
    for (const [path, item] of Object.entries(written.paths)) {
      assert.equal('get' in item, 'head' in item, path)
      assert.ok('options' in item, path)
    }
    const ids = operations.map(({ operation }) => operation.operationId)
    assert.deepEqual([...new Set(ids)], ids)
  })

  it('uses each of its components', () => {
    const text = JSON.stringify(written)
    const unused = Object.entries(written.components)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, members]) => Object.keys(members).map((name) => `#/components/${kind}/${name}`))
      .filter((ref) => !text.includes(`"${ref}"`))
    // The answers to paths and methods that it does not describe.
    assert.deepEqual(unused, ['#/components/responses/MethodNotAllowed'])
  })

  it('describes each of the recorded answers, which are its examples', {
    skip: skipUnlessTool('ajv'),
  }, async () => {
    const check = await createAnswerCheck(JSON.stringify(written))
    const exchanges = await recordAnswers()
    for (const exchange of exchanges)
      check(exchange, {
        status: exchange.status,
        headers: new Headers(exchange.answerHeaders.map(([...pair]) => pair)),
        text: exchange.answer,
      })
    assert.ok(exchanges.length > 20)
  })
})
