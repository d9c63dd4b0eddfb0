/** The files that `npm run openapi` writes, with their content. */
import { openapiDocument } from './document.ts'
import { recordAnswers } from './recorded-answers.ts'

/** Paths from the root of the repository. */
export async function openapiFiles(): Promise<Record<string, string>> {
  const exchanges = await recordAnswers()
  const document = openapiDocument(exchanges)
  return { 'src/service/openapi/openapi.json': `${JSON.stringify(document, null, 2)}\n` }
}
