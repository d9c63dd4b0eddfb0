/** Starts a process of a library. */
import { fileURLToPath } from 'node:url'
import type { Address } from '../../tests/consistency/stores/kind/address.ts'
import { CalledProcess } from '../called-process.ts'
import type { LibraryName } from './libraries.ts'
import type { Commands } from './member.ts'

/** Sends the events `loading` and `waiting`. */
export type Member = CalledProcess<Commands>

/** @param databasePort port of the Redis server in which the benchmark keeps its truth. */
export async function startMember(
  library: LibraryName,
  address: Address,
  databasePort: number,
): Promise<Member> {
  const program = fileURLToPath(new URL('member.ts', import.meta.url))
  const member: Member = new CalledProcess(program, [library, JSON.stringify(address), `${databasePort}`])
  await member.call('ready')
  return member
}
