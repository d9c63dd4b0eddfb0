/** All tables of the file. */
import type { DatabaseSync } from 'node:sqlite'
import { Entries, entriesSchema } from './entries.ts'
import { Facts, factsSchema } from './facts.ts'
import { Leases, leasesSchema } from './leases.ts'
import { Messages, messagesSchema } from './messages.ts'
import { Namespaces, namespacesSchema } from './namespaces.ts'
import { Tags, tagsSchema } from './tags.ts'

/** Increased with every change of a table. Files of another version are replaced. */
export const SCHEMA_VERSION = 1

export const schema = [
  factsSchema,
  namespacesSchema,
  entriesSchema,
  leasesSchema,
  tagsSchema,
  messagesSchema,
].join('')

export interface Tables {
  readonly facts: Facts
  readonly namespaces: Namespaces
  readonly entries: Entries
  readonly leases: Leases
  readonly tags: Tags
  readonly messages: Messages
}

export function tablesOf(db: DatabaseSync): Tables {
  return {
    facts: new Facts(db),
    namespaces: new Namespaces(db),
    entries: new Entries(db),
    leases: new Leases(db),
    tags: new Tags(db),
    messages: new Messages(db),
  }
}
