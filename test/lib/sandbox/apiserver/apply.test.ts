import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {readPath} from '../../../../src/lib/sandbox/apiserver/json.ts'
import type {ApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {createApiServer} from '../../../../src/lib/sandbox/apiserver/server.ts'
import {send, testOptions} from './fixture.ts'

let server: ApiServer
beforeAll(async () => {
  server = createApiServer(await testOptions())
  await server.listen()
  await send(server.url, 'POST', '/api/v1/namespaces', {metadata: {name: 'default'}})
})
afterAll(() => server.close())

const type = 'application/apply-patch+yaml'
const pods = '/api/v1/namespaces/default/pods'
const apply = (name: string, query: string, body: object) =>
  send(
    server.url,
    'PATCH',
    `${pods}/${name}?${query}`,
    {apiVersion: 'v1', kind: 'Pod', metadata: {name}, ...body},
    {type},
  )
const withEnv = (...env: [string, string][]) => ({
  spec: {containers: [{name: 'main', image: 'i', env: env.map(([name, value]) => ({name, value}))}]},
})
const envOf = (object: unknown) => readPath(readPath(object, 'spec.containers.0'), 'env') ?? firstEnv(object)
const firstEnv = (object: unknown) => {
  const containers = readPath(object, 'spec.containers')
  return Array.isArray(containers) ? readPath(containers[0], 'env') : undefined
}

describe('server-side apply', () => {
  it('creates with 201, and applying the same again changes no resourceVersion', async () => {
    const first = await apply('once', 'fieldManager=a', withEnv(['A', '1']))
    const again = await apply('once', 'fieldManager=a', withEnv(['A', '1']))
    expect([first.status, again.status]).toEqual([201, 200])
    expect(readPath(again.json, 'metadata.resourceVersion')).toBe(
      readPath(first.json, 'metadata.resourceVersion'),
    )
  })

  it('removes what its manager no longer applies, and leaves what others own', async () => {
    await apply('prune', 'fieldManager=a', withEnv(['A', '1'], ['B', '2']))
    await apply('prune', 'fieldManager=b', {
      spec: {containers: [{name: 'main', env: [{name: 'C', value: '3'}]}]},
    })
    const reply = await apply('prune', 'fieldManager=a', withEnv(['B', '2']))
    expect(envOf(reply.json)).toEqual([
      {name: 'B', value: '2'},
      {name: 'C', value: '3'},
    ])
  })

  it('a field of another manager is a 409 that names it, unless forced', async () => {
    await apply('clash', 'fieldManager=a', withEnv(['A', '1']))
    const refused = await apply('clash', 'fieldManager=b', withEnv(['A', '2']))
    expect(refused.status).toBe(409)
    expect(readPath(refused.json, 'message')).toBe(
      'Apply failed with 1 conflict: conflict with "a": .spec.containers[name="main"].env[name="A"].value',
    )
    const forced = await apply('clash', 'fieldManager=b&force=true', withEnv(['A', '2']))
    expect(envOf(forced.json)).toEqual([{name: 'A', value: '2'}])
  })

  it('a dry run answers with the result and stores nothing', async () => {
    const reply = await apply('dry', 'fieldManager=a&dryRun=All', withEnv(['A', '1']))
    expect(reply.status).toBe(201)
    expect((await send(server.url, 'GET', `${pods}/dry`)).status).toBe(404)
  })

  it('a field that the schema does not declare is refused', async () => {
    const reply = await apply('odd', 'fieldManager=a', {spec: {bogus: 1, containers: []}})
    expect(readPath(reply.json, 'message')).toContain('.spec.bogus: field not declared in schema')
  })

  it('writes by other verbs take ownership', async () => {
    await apply('taken', 'fieldManager=a', withEnv(['A', '1']))
    const patch = {spec: {containers: [{name: 'main', env: [{name: 'A', value: '2'}]}]}}
    const strategic = 'application/strategic-merge-patch+json'
    await send(server.url, 'PATCH', `${pods}/taken?fieldManager=editor`, patch, {type: strategic})
    const refused = await apply('taken', 'fieldManager=a', withEnv(['A', '1']))
    expect(readPath(refused.json, 'message')).toContain('conflict with "editor" using v1')
  })
})
