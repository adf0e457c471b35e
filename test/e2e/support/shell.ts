import {spawn} from 'node:child_process'
import {randomUUID} from 'node:crypto'

export interface Shell {
  /** Runs one command line; gives what it wrote to both streams, in order, and its exit code. */
  run(line: string): Promise<{output: string; code: number}>
  /** Ends it. */
  end(): void
}

/** One shell for a whole page: folders, variables and exports last from step to step, as for a reader. */
export function startShell(environment: NodeJS.ProcessEnv, folder: string): Shell {
  const child = spawn('bash', ['--noprofile', '--norc'], {env: environment, cwd: folder, stdio: 'pipe'})
  const mark = randomUUID()
  let written = ''
  let told = (): void => undefined
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    written += chunk
    told()
  })
  child.on('exit', () => told())
  child.stdin.write('exec 2>&1\n')
  const ending = new RegExp(`${mark} (\\d+)\\n`)
  return {
    async run(line) {
      written = ''
      // Nobody types: a command that asks would wait for ever on the shell's own input.
      child.stdin.write(`{ ${line}\n} </dev/null; printf '${mark} %s\\n' $?\n`)
      for (;;) {
        const match = ending.exec(written)
        if (match) return {output: written.slice(0, match.index), code: Number(match[1])}
        if (child.exitCode !== null) throw new Error(`the shell ended: ${line}\n${written}`)
        await new Promise<void>(resolve => {
          told = resolve
        })
      }
    },
    end: () => void child.stdin.end(),
  }
}
