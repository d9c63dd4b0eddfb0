/** The service as a program of a process on Bun and Node. */
import process from 'node:process'
import { dashboard } from '../../dashboard/dashboard.ts'
import type { OpenedProgram, OpenProgramOptions, Program } from '../../process/serving/program.ts'
import { processMemoryLimit } from '../../process/startup/memory/process-memory-limit.ts'
import { singleThreadReason } from '../../process/startup/single-thread-reason.ts'
import { StartError } from '../../process/startup/start-error.ts'
import { type CompleteRepository, RepositoryError } from '../users/repository.ts'
import { announcementOf } from './announcement.ts'
import { type Config, readConfig } from './config.ts'
import { openRepository } from './open-repository.ts'
import { type OpenServiceOptions, openService } from './open-service.ts'
import { isSameFile } from './same-file.ts'

/** Reads the environment variables of the process. */
export const serviceProgram: Program<Config> = {
  readConfig: ({ defaultSocketHits }) =>
    readConfig(process.env, {
      defaultHost: '127.0.0.1',
      singleThreadReason: singleThreadReason(),
      defaultSocketHits,
      isSameFile,
      memoryLimit: processMemoryLimit,
    }),
  open: (options) => openServiceProgram(options),
  announcement: announcementOf,
  describeAddress: (host, port) => `HOST ${host}, PORT ${port}`,
}

/** Additions to the service, for development. */
export interface ServiceAdditions extends Pick<OpenServiceOptions, 'controls'> {
  /** Wraps the repository. */
  around(repository: CompleteRepository): CompleteRepository
}

/** Opens the service in one thread. @throws {StartError} when the database cannot be used. */
export async function openServiceProgram(
  options: OpenProgramOptions<Config>,
  { around, controls }: ServiceAdditions = { around: (repository) => repository },
): Promise<OpenedProgram> {
  const repository = around(openConfiguredRepository(options.config))
  const service = openService({
    ...options,
    repository,
    coalesce: true,
    page: dashboard,
    ...(controls && { controls }),
  })
  return { ...service, close: () => repository.close() }
}

/** @throws {StartError} when the database cannot be used. */
function openConfiguredRepository({ database }: Config): CompleteRepository {
  try {
    return openRepository(database)
  } catch (error) {
    throw error instanceof RepositoryError ? new StartError(error.message, { cause: error }) : error
  }
}
