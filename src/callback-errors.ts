/** Calls functions of the application that only observe. An error of such a function must neither reach a request nor end the process. */

/**
 * Receives an error of a callback. `callback` is the name of the option.
 */
export type OnCallbackError = (error: unknown, callback: string) => unknown

export class CallbackErrors {
  readonly #subject: string
  readonly #onError: OnCallbackError | undefined
  readonly #reported = new Set<string>()

  /**
   * @param subject first words of the message, for example `measured`.
   * @param onError called with the first error of each callback. Default: writes one line to `console.error`. An error of
   *   `onError` itself is written there too.
   */
  constructor(subject: string, onError?: OnCallbackError) {
    this.#subject = subject
    this.#onError = onError
  }

  /** Returns a function that calls `callback` and never throws. If it returns a promise, its rejection is reported too. */
  guard<Argument = void>(
    name: string,
    callback: (argument: Argument) => unknown,
  ): (argument: Argument) => void {
    return (argument) => {
      try {
        this.watch(callback(argument), name)
      } catch (error) {
        this.report(error, name)
      }
    }
  }

  /** Reports the rejection of a promise that this callback has returned. */
  watch(result: unknown, callback: string): void {
    if (result instanceof Promise) result.catch((error: unknown) => this.report(error, callback))
  }

  /** Reports the first error of this callback. Never throws. */
  report(error: unknown, callback: string): void {
    if (this.#reported.has(callback)) return
    this.#reported.add(callback)
    if (this.#onError === undefined) this.#write(error, callback)
    else this.#pass(this.#onError, error, callback)
  }

  #pass(onError: OnCallbackError, error: unknown, callback: string): void {
    try {
      const result = onError(error, callback)
      if (result instanceof Promise) result.catch((reason: unknown) => this.#write(reason, 'onError'))
    } catch (reason) {
      this.#write(reason, 'onError')
    }
  }

  #write(error: unknown, callback: string): void {
    // biome-ignore lint/suspicious/noConsole: the default of `onError`, so that a failing callback is not silent
    console.error(`${this.#subject}: ${callback} failed, reported once: ${textOf(error)}`)
  }
}

/** The text of any thrown value, in one line. */
function textOf(error: unknown): string {
  try {
    return String(error).replaceAll(/\s*\n\s*/g, ' ')
  } catch {
    return 'a value without a text'
  }
}
