/** Histories of several processes on one file of SQLite. */
import { sqliteHistory } from '../stores/sqlite/sqlite-history.ts'
import { describeHistory } from './describe-history.ts'

describeHistory(sqliteHistory, 2500)
