/** The public names of `hitrate/process`: readers of the process metrics on Bun and Node. */
export {
  type ProcessReadersOptions,
  processReaders,
  type RunningProcessReaders,
} from '../metrics/process/process-readers.ts'
