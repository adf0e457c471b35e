import {readFileSync} from 'node:fs'
import {createServer} from 'node:https'
import type {AddressInfo} from 'node:net'
import {parentPort, workerData} from 'node:worker_threads'
import {isObject} from '../../../src/lib/sandbox/apiserver/json.ts'

/**
 * A thread with the least that could answer: it holds objects, writes them as JSON for every request and sends
 * that over HTTPS. Given a file with the objects, a key and a certificate; posts its port.
 */
const given: unknown = workerData
if (!isObject(given)) throw new Error('a bare server needs files')
const read = (name: string): string => readFileSync(String(given[name]), 'utf8')

const objects: unknown = JSON.parse(read('objects'))
const server = createServer({key: read('key'), cert: read('cert')}, (_, response) => {
  const bytes = Buffer.from(JSON.stringify(objects))
  response.writeHead(200, {'content-type': 'application/json', 'content-length': bytes.length})
  response.end(bytes)
})
server.listen(0, '127.0.0.1', () => {
  const address: AddressInfo | string | null = server.address()
  if (address !== null && typeof address !== 'string') parentPort?.postMessage(address.port)
})
