import {spawn, spawnSync} from 'node:child_process'
import {createHmac} from 'node:crypto'
import {once} from 'node:events'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {request, type Server} from 'node:https'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll} from 'vitest'
import {s3Front} from './s3-front.ts'

/** An object store on this machine that pods of the sandbox reach over TLS. */
export interface ObjectStore {
  /** Where it listens: the address that pods know as their gateway. */
  address: string
  port: number
  /** PEM of the CA that signed its certificate. */
  ca: string
}

function openssl(directory: string, args: readonly string[]): void {
  const result = spawnSync('openssl', args, {cwd: directory, encoding: 'utf8'})
  if (result.status !== 0) throw new Error(`openssl ${args[0]}: ${result.stderr}`)
}

/** A CA of its own and a certificate for one name. */
function certificates(directory: string, host: string): void {
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(directory, [
    'req',
    '-x509',
    ...fresh,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=store CA',
  ])
  openssl(directory, [
    'req',
    ...fresh,
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
    '-subj',
    `/CN=${host}`,
    '-addext',
    `subjectAltName=DNS:${host}`,
  ])
  openssl(directory, [
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-copy_extensions',
    'copy',
    '-out',
    'server.pem',
  ])
}

const answers = (address: string, port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({host: address, port})
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

type Start = (
  directory: string,
  address: string,
  port: number,
) => {
  command: string
  args: string[]
  /** What stands before it on the port, where it does not listen there itself. */
  front?: Server
}

/** Runs a server for the tests of a file. */
export function useObjectStore(port: number, address: () => Promise<string>, start: Start): ObjectStore {
  const store = {address: '', port, ca: ''}
  let directory = ''
  let server: ReturnType<typeof spawn> | undefined
  let front: Server | undefined
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pgk-store-'))
    store.address = await address()
    certificates(directory, store.address)
    store.ca = readFileSync(join(directory, 'ca.pem'), 'utf8')
    const {command, args, front: before} = start(directory, store.address, port)
    server = spawn(command, args, {stdio: ['ignore', 'ignore', 'inherit']})
    front = before?.listen(port, store.address)
    for (let tries = 0; !(await answers(store.address, port)); tries += 1) {
      if (tries > 600) throw new Error(`${command} does not listen on ${store.address}:${port}`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  })
  afterAll(async () => {
    front?.close()
    front?.closeAllConnections()
    // It writes until it has ended.
    if (server?.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit')
      // A start that is still going on hears nothing else.
      server.kill('SIGKILL')
      await ended
    }
    if (directory !== '') rmSync(directory, {recursive: true, force: true})
  })
  return store
}

const s3Program = `
  const S3rver = require('@20minutes/s3rver')
  const [directory, port, bucket] = process.argv.slice(1)
  new S3rver({address: '127.0.0.1', port: Number(port), silent: true, vhostBuckets: false, allowMismatchedSignatures: true,
    directory: directory + '/data', configureBuckets: [{name: bucket}]}).run()
`

export const s3Keys = {key: 'S3RVER', secret: 'S3RVER'}

/** An S3 server with one bucket, which lets in who signs with its keys and nobody else. */
export const s3Server =
  (bucket: string): Start =>
  (directory, _address, port) => {
    const behind = port + 1000
    const read = (file: string): string => readFileSync(join(directory, file), 'utf8')
    return {
      command: process.execPath,
      args: ['-e', s3Program, '--', directory, String(behind), bucket],
      front: s3Front(s3Keys, behind, {key: read('server.key'), cert: read('server.pem')}),
    }
  }

/** An Azure blob server with the account that its makers chose for tests. */
export const azureServer: Start = (directory, address, port) => ({
  command: 'node_modules/.bin/azurite-blob',
  args: [
    ...['--blobHost', address, '--blobPort', String(port), '--location', join(directory, 'data')],
    ...['--cert', join(directory, 'server.pem'), '--key', join(directory, 'server.key')],
    ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
  ],
})

/** The account that the makers of the Azure server chose for tests. */
export const azureKeys = {
  account: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
}

/** Makes a container, which pgBackRest does not do; signed as Azure wants it. */
export function createContainer({address, port, ca}: ObjectStore, container: string): Promise<void> {
  const {account, key} = azureKeys
  const headers = {'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2021-08-06'}
  const canonical = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const resource = `/${account}/${account}/${container}\nrestype:container`
  const text = `PUT${'\n'.repeat(12)}${canonical.join('')}${resource}`
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
  const authorization = `SharedKey ${account}:${signature}`
  return new Promise((resolve, reject) => {
    const call = request(
      {
        method: 'PUT',
        host: address,
        port,
        ca,
        path: `/${account}/${container}?restype=container`,
        headers: {...headers, authorization, 'content-length': 0},
        // The certificate names the address as a DNS name, as pgBackRest wants it.
        checkServerIdentity: () => undefined,
      },
      response => {
        response.resume()
        if (response.statusCode === 201) resolve()
        else reject(new Error(`creating the container: HTTP ${response.statusCode}`))
      },
    )
    call.on('error', reject)
    call.end()
  })
}
