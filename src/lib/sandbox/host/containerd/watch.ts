import {connect} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'

export interface ContainerdWatch {
  socket: string
  /** Makes containerd run again. */
  restart: () => Promise<void>
  log: (message: string) => void
  signal: AbortSignal
}

const pauseMilliseconds = 200
const longestPause = 10_000

/** Starts containerd anew whenever it ends. Its containers go on meanwhile, and it finds them again. */
export async function keepContainerd({socket, restart, log, signal}: ContainerdWatch): Promise<void> {
  let pause = pauseMilliseconds
  while (!signal.aborted) {
    const held = await holdConnection(socket, signal)
    if (signal.aborted) return
    // containerd itself drops a silent connection after two minutes: that is no failure.
    if (held > longestPause) pause = pauseMilliseconds
    try {
      await restart()
    } catch (error) {
      log(`containerd does not start: ${error instanceof Error ? error.message : String(error)}`)
    }
    await sleep(pause, undefined, {signal}).catch(() => undefined)
    pause = Math.min(longestPause, held > longestPause ? pauseMilliseconds : pause * 2)
  }
}

/** Keeps a connection open, which ends when containerd does. Resolves with how long it lasted. */
function holdConnection(socket: string, signal: AbortSignal): Promise<number> {
  const began = performance.now()
  return new Promise(resolve => {
    const connection = connect(socket)
    const stop = () => connection.destroy()
    signal.addEventListener('abort', stop, {once: true})
    connection.on('error', () => undefined)
    connection.on('close', () => {
      signal.removeEventListener('abort', stop)
      resolve(performance.now() - began)
    })
    connection.resume()
  })
}
