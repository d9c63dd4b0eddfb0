/**
 * Writes the style sheet and the script of the dashboard. Edit dashboard.css here and src/dashboard/client/, not those files.
 *
 *     npm run dashboard
 */
import { writeFileSync } from 'node:fs'
import { dashboardFiles } from './dashboard-files.ts'

for (const [path, content] of Object.entries(await dashboardFiles()))
  writeFileSync(new URL(`../../${path}`, import.meta.url), content)
