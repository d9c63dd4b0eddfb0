/**
 * Records the session of the front page, and draws it into docs/images/terminal.svg.
 *
 *     npm run site:terminal
 */
import { writeFileSync } from 'node:fs'
import { record } from './record.ts'
import { session } from './session.ts'
import { terminalSvg } from './terminal-svg.ts'

const lines = await record(session)
for (const { command, output } of lines) console.log([`$ ${command}`, ...output].join('\n'))
writeFileSync(new URL('../../docs/images/terminal.svg', import.meta.url), terminalSvg(lines))
