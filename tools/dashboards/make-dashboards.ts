/**
 * Writes the dashboards in deploy/grafana/. Edit the sources here, not the JSON.
 *
 *     npm run dashboards
 */
import { writeFileSync } from 'node:fs'
import { dashboardFiles } from './dashboard-files.ts'

for (const [name, content] of Object.entries(dashboardFiles))
  writeFileSync(new URL(`../../deploy/grafana/${name}`, import.meta.url), content)
