import {readFile} from 'node:fs/promises'
import {usageError} from '../errors.ts'
import {systemClock} from '../kube/clock.ts'
import {terminalPrompts} from './prompt.ts'
import {readStdin, type World} from './world.ts'

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a directory'
  return code === 'EACCES' ? 'you may not read it' : cause.message
}

/** The world of a real process. */
export function processWorld(): World {
  const terminal = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    environment: process.env,
  }
  return {
    terminal,
    prompts: terminalPrompts,
    clock: systemClock,
    async connect(flags, says) {
      const {wire} = await import('../wire.ts')
      return wire(flags, process.env, says)
    },
    async readFile(path) {
      if (path === '-') return readStdin(terminal)
      try {
        return await readFile(path, 'utf8')
      } catch (cause) {
        throw usageError('FILE_UNREADABLE', 'the file cannot be read', {
          object: path,
          reason: reasonOf(cause),
          cause,
        })
      }
    },
    onInterrupt(listener) {
      let asked = false
      const onSignal = (): void => {
        if (asked) process.exit(130)
        asked = true
        listener()
      }
      process.on('SIGINT', onSignal)
      return () => process.off('SIGINT', onSignal)
    },
  }
}
