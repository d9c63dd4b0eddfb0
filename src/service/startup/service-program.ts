/** The service as a program of a process on Bun and Node. */
import process from 'node:process'
import type { OpenedProgram, OpenProgramOptions, Program } from '../../process/serving/program.ts'
import { processMemoryLimit } from '../../process/startup/memory/process-memory-limit.ts'
import { singleThreadReason } from '../../process/startup/single-thread-reason.ts'
import { StartError } from '../../process/startup/start-error.ts'
import { type CompleteRepository, RepositoryError } from '../users/repository.ts'
import { announcementOf } from './announcement.ts'
import { type Config, readConfig } from './config.ts'
import { openRepository } from './open-repository.ts'
import { openService } from './open-service.ts'
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
  open,
  announcement: announcementOf,
  describeAddress: (host, port) => `HOST ${host}, PORT ${port}`,
}

async function open(options: OpenProgramOptions<Config>): Promise<OpenedProgram> {
  const repository = openConfiguredRepository(options.config)
  return { ...openService({ ...options, repository, coalesce: true }), close: () => repository.close() }
}

/** @throws {StartError} when the database cannot be used. */
function openConfiguredRepository({ database }: Config): CompleteRepository {
  try {
    return openRepository(database)
  } catch (error) {
    throw error instanceof RepositoryError ? new StartError(error.message, { cause: error }) : error
  }
}
