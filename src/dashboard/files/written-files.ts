/** The files that `npm run dashboard` writes, in one module, so that they can be loaded together and late. */
export { dashboardCss } from './dashboard-css.ts'
export { dashboardJs } from './dashboard-js.ts'
