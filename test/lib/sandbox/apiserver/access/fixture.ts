import {Agent, request} from 'node:https'
import {text} from 'node:stream/consumers'
import {type Access, createAccess} from '../../../../../src/lib/sandbox/apiserver/access/access.ts'
import {bootstrap} from '../../../../../src/lib/sandbox/apiserver/access/bootstrap.ts'
import {checkEscalation} from '../../../../../src/lib/sandbox/apiserver/access/escalation.ts'
import {generateTokenKey} from '../../../../../src/lib/sandbox/apiserver/access/tokens.ts'
import {builtinKinds} from '../../../../../src/lib/sandbox/apiserver/kinds/builtin.ts'
import {type ApiServer, createApiServer} from '../../../../../src/lib/sandbox/apiserver/server.ts'
import {
  type CertifiedKey,
  createAuthority,
  issueLeaf,
} from '../../../../../src/lib/sandbox/host/certificates.ts'
import type {Registry} from '../../../../../src/lib/sandbox/registry.ts'
import {kindTable} from '../fixture.ts'

export const issuer = 'https://kubernetes.default.svc.cluster.local'

/** Who asks: a client certificate, a bearer token, both or nobody. */
export interface Credentials {
  certificate?: CertifiedKey
  token?: string
  headers?: Record<string, string | string[]>
}

export interface Guarded {
  access: Access
  registry: Registry
  admin: Credentials
  /** A client certificate of the server's own authority. */
  userNamed(name: string, group?: string): Promise<Credentials>
  /** A request as somebody; bodies are JSON. */
  ask(who: Credentials, method: string, path: string, body?: unknown, type?: string): Promise<Reply>
  stop(): Promise<void>
}

export interface Reply {
  status: number
  body: unknown
}

function asker(url: string, ca: string): Guarded['ask'] {
  return ({certificate, token, headers}, method, path, body, type = 'application/json') => {
    const {promise, resolve, reject} = Promise.withResolvers<Reply>()
    const agent = new Agent({
      ca,
      ...(certificate ? {cert: certificate.certificate, key: certificate.key} : {}),
    })
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const call = request(
      url + path,
      {
        method,
        agent,
        headers: {
          ...(payload === undefined ? {} : {'content-type': type}),
          ...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
          ...headers,
        },
      },
      response => {
        const done = (answer: string) => {
          agent.destroy()
          const isJson = response.headers['content-type']?.startsWith('application/json') === true
          const parsed: unknown = isJson ? JSON.parse(answer) : answer
          resolve({status: response.statusCode ?? 0, body: parsed})
        }
        text(response).then(done, reject)
      },
    )
    call.on('error', reject)
    call.end(payload)
    return promise
  }
}

/** An API server with every built-in kind whose access rules are enforced. */
export async function startGuarded(now: () => Date = () => new Date()): Promise<Guarded> {
  const authority = await createAuthority('test-ca')
  const leaf = await issueLeaf(authority, {
    commonName: 'kube-apiserver',
    usage: 'server',
    addresses: ['127.0.0.1'],
  })
  let server: ApiServer | undefined
  const registryOf = (): Registry => {
    if (server === undefined) throw new Error('asked for objects before there is a server')
    return server.registry
  }
  const access = createAccess({tokenKey: generateTokenKey(), issuer, registry: registryOf, now})
  server = createApiServer({
    kinds: kindTable(builtinKinds({serviceRange: '10.96.0.0/16', checkEscalation})),
    tls: {key: leaf.key, cert: leaf.certificate, clientCa: authority.certificate},
    addresses: [{host: '127.0.0.1', port: 0}],
    authenticator: access.authenticator,
    authorizer: access.authorizer,
    handlers: access.handlers,
    now,
  })
  bootstrap(server.registry)
  await server.listen()
  const userNamed = async (commonName: string, organization?: string) => ({
    certificate: await issueLeaf(authority, {
      commonName,
      usage: 'client',
      ...(organization === undefined ? {} : {organization}),
    }),
  })
  return {
    access,
    registry: server.registry,
    admin: await userNamed('kubernetes-admin', 'system:masters'),
    userNamed,
    ask: asker(server.url, authority.certificate),
    stop: () => registryServer(server).close(),
  }
}

function registryServer(server: ApiServer | undefined): ApiServer {
  if (server === undefined) throw new Error('the server never started')
  return server
}
