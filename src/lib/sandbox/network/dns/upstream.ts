import {createSocket} from 'node:dgram'
import {readFile} from 'node:fs/promises'
import {connect} from 'node:net'

const port = 53
const timeoutMilliseconds = 3000

/** The name servers in a resolv.conf, IPv4 only. */
export function parseNameServers(text: string): string[] {
  return text.split('\n').flatMap(line => /^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/.exec(line)?.[1] ?? [])
}

/** The machine's own name servers. */
export async function hostNameServers(): Promise<string[]> {
  return parseNameServers(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''))
}

/** Passes a question on as it came. Undefined when no server answers in time. */
export async function forward(
  servers: readonly string[],
  query: Buffer,
  transport: 'udp' | 'tcp',
): Promise<Buffer | undefined> {
  for (const server of servers) {
    const answer = await (transport === 'udp' ? askByUdp(server, query) : askByTcp(server, query))
    if (answer !== undefined) return answer
  }
  return undefined
}

function askByUdp(server: string, query: Buffer): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    const finish = (answer: Buffer | undefined): void => {
      clearTimeout(timer)
      socket.close()
      resolve(answer)
    }
    const timer = setTimeout(() => finish(undefined), timeoutMilliseconds)
    socket.once('error', () => finish(undefined))
    socket.on('message', answer => {
      if (answer.readUInt16BE(0) === query.readUInt16BE(0)) finish(answer)
    })
    // A connected socket takes answers from this server only.
    socket.connect(port, server, () => socket.send(query))
  })
}

function askByTcp(server: string, query: Buffer): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const socket = connect({host: server, port, timeout: timeoutMilliseconds})
    let received = Buffer.alloc(0)
    const finish = (answer: Buffer | undefined): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('error', () => finish(undefined))
    socket.on('timeout', () => finish(undefined))
    socket.on('close', () => finish(undefined))
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece])
      const answer = takeFrame(received)?.frame
      if (answer !== undefined) finish(answer)
    })
    socket.write(addLength(query))
  })
}

/** The first whole message of a TCP stream, each with its length in two bytes before it, and the rest. */
export function takeFrame(received: Buffer): {frame: Buffer; rest: Buffer<ArrayBuffer>} | undefined {
  if (received.length < 2) return undefined
  const end = 2 + received.readUInt16BE(0)
  if (received.length < end) return undefined
  return {frame: received.subarray(2, end), rest: Buffer.from(received.subarray(end))}
}

export function addLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}
