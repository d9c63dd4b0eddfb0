/** Replies to meta commands. */

export type MetaReply =
  | {
      readonly code: 'HD' | 'EN' | 'NF' | 'NS' | 'EX'
      readonly flags: string
      /** 0 if the reply has none. */
      readonly cas: number
    }
  | {
      readonly code: 'VA'
      readonly flags: string
      readonly cas: number
      /** Has memory of its own. */
      readonly value: Uint8Array<ArrayBuffer>
    }
  | {
      /** This command alone failed: `SERVER_ERROR`, `CLIENT_ERROR` or `ERROR`. The connection stays usable. */
      readonly code: 'error'
      readonly message: string
    }
