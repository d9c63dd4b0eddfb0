/** The public names of `hitrate/process`: what Bun and Node can say of their process, for its metrics. */
export { type ProcessReadersOptions, processReaders } from '../metrics/process/process-readers.ts'
