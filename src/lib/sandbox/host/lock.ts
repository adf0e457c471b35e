import {connect, createServer} from 'node:net'

/**
 * Takes the machine-wide lock of this name, waiting for whoever has it. It is an abstract socket: the kernel
 * releases it when its holder ends, however that happens, so a lock is never stale.
 */
export async function acquireLock(name: string, waiting?: () => void): Promise<Disposable> {
  for (let told = false; ; told = true) {
    const lock = await tryLock(name)
    if (lock !== undefined) return lock
    if (!told) waiting?.()
    await released(name)
  }
}

/** The lock, or undefined when somebody has it. */
export function tryLock(name: string): Promise<Disposable | undefined> {
  return new Promise((resolve, reject) => {
    // Whoever waits keeps a connection, which ends with the lock.
    const held = new Set<import('node:net').Socket>()
    const server = createServer(socket => {
      socket.on('error', () => undefined)
      socket.on('close', () => held.delete(socket))
      held.add(socket)
    })
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(address(name), () => {
      server.unref()
      resolve({
        [Symbol.dispose]() {
          server.close()
          for (const socket of held) socket.destroy()
        },
      })
    })
  })
}

function released(name: string): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(address(name))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })
}

function address(name: string): string {
  return `\0pgk/${name}`
}
