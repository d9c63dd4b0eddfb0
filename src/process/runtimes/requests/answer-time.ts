/** Time limits of connections on Bun, which counts a connection as idle while a handler runs. */

/** Time in seconds after which a connection without a request is closed: the default of Bun. */
export const IDLE_SECONDS = 10

/** Time in seconds between two bytes of a connection while a request is answered: the longest one that Bun has. */
export const ANSWER_SECONDS = 255

/** The part of Bun's server that is used. */
export interface TimedServer {
  timeout(request: Request, seconds: number): void
}

/** Gives a handler more time than Bun's limit for idle connections. Afterwards that limit holds for the connection again. */
export async function allowAnswerTime(
  server: TimedServer,
  request: Request,
  answer: Promise<Response>,
): Promise<Response> {
  server.timeout(request, ANSWER_SECONDS)
  try {
    return await answer
  } finally {
    server.timeout(request, IDLE_SECONDS)
  }
}
