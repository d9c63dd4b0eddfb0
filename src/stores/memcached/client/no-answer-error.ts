/** The server did not answer in time, or did not do so at the last attempt. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError'
}
