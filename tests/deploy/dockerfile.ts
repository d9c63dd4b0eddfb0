/** Parses the Dockerfile as far as the tests need it. */

export interface Instruction {
  /** In upper case, such as `COPY`. */
  name: string
  /** The rest of the line, continued lines joined. */
  text: string
}

export interface Stage {
  name: string
  /** An image, or the name of an earlier stage. */
  base: string
  instructions: Instruction[]
}

export function parseDockerfile(text: string): Stage[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, '')
  const stages: Stage[] = []
  for (const line of lines.split('\n').filter((line) => line.trim() !== '')) {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? []
    const [, base, stage = ''] = (name === 'FROM' && /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest)) || []
    if (base !== undefined) stages.push({ name: stage, base, instructions: [] })
    else stages.at(-1)?.instructions.push({ name, text: rest })
  }
  return stages
}

/** The text of the only instruction of this name. @throws {Error} when the stage has none, or several. */
export function only({ name: stage, instructions }: Stage, name: string): string {
  const [found, ...more] = instructions.filter((instruction) => instruction.name === name)
  if (found === undefined || more.length > 0)
    throw new Error(`The stage ${stage} must have one ${name}, has ${instructions.length}`)
  return found.text
}

/** The words of an instruction in exec form. @throws {Error} when it is in shell form, which would start a shell. */
export function execForm(text: string): string[] {
  const words: unknown = JSON.parse(text)
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    throw new Error(`Not in exec form: ${text}`)
  return words
}

/** The words behind `CMD` of a HEALTHCHECK. */
export function healthCommand(stage: Stage): string[] {
  return execForm(only(stage, 'HEALTHCHECK').replace(/^.*\bCMD\s+/, ''))
}

/** The variables of all ENV instructions. */
export function environment({ instructions }: Stage): Record<string, string> {
  const lines = instructions.filter(({ name }) => name === 'ENV').map(({ text }) => text)
  return Object.fromEntries(
    lines.flatMap((line) => line.split(/\s+/)).map((pair) => pair.split(/=(.*)/).slice(0, 2)),
  )
}
