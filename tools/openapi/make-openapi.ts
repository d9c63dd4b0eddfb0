/**
 * Writes the OpenAPI document and the page of it. Edit the sources here, not those files.
 *
 *     npm run openapi
 */
import { writeFileSync } from 'node:fs'
import { openapiFiles } from './openapi-files.ts'

for (const [path, content] of Object.entries(await openapiFiles()))
  writeFileSync(new URL(`../../${path}`, import.meta.url), content)
