/** The files that `npm run openapi` writes, with their content. */
import { openapiDocument } from './document.ts'
import { docsPage } from './page/docs-page.ts'
import { recordAnswers } from './recorded-answers.ts'

/** Paths from the root of the repository. */
export async function openapiFiles(): Promise<Record<string, string>> {
  const exchanges = await recordAnswers()
  const document = openapiDocument(exchanges)
  const { html, policy } = await docsPage(document, exchanges)
  return {
    'src/service/openapi/openapi.json': `${JSON.stringify(document, null, 2)}\n`,
    'src/service/openapi/docs-page.ts': moduleOf(html, policy),
  }
}

/** A module, because text files cannot be imported on all runtimes. */
function moduleOf(html: string, policy: string): string {
  return `/** Written by \`npm run openapi\`: the page of the OpenAPI document, and the Content-Security-Policy of the page. */
export const docsPolicy = ${JSON.stringify(policy)}

export const docsPage = \`${html.replaceAll(/[\\`]|\$\{/g, '\\$&')}\`
`
}
