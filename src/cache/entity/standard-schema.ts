/** The part of Standard Schema that is used here (https://standardschema.dev, version 1): zod, valibot and arktype have it. */

/** Checks that a value is an `Input`, and makes an `Output` of it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

export interface StandardIssue {
  readonly message: string
  /** Where in the value; a segment is a property's name, or has it as `key`. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}
