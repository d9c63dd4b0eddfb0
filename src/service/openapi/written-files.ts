/** The files that `npm run openapi` writes, in one module, so that they can be loaded together and late. */
export { docsPage, docsPolicy } from './docs-page.ts'
export { default as document } from './openapi.json' with { type: 'json' }
