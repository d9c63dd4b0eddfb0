/** The outages of a file of SQLite. */
import { sqliteOutages } from '../stores/sqlite/sqlite-outages.ts'
import { describeOutages } from './describe-outages.ts'

const some = ['removed', 'truncated', 'locked for writes', 'read-only', 'on a full disk'] as const

describeOutages(
  'sqlite',
  sqliteOutages,
  [
    { runtime: 'node', client: '', short: 'all' },
    { runtime: 'bun', client: '', short: some },
  ],
  false,
)
