/** The place of an entry, as one number: its slot, shifted by `SLOT` bits, and flags below it. */
export const SLOT = 2

/** The key is one of those that stand for all keys of entries that exist. */
export const SAMPLED = 2

/** The entry is in the room of negative entries. */
export const NEGATIVE = 1
