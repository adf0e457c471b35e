import {request} from 'node:https'
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

const path = '/api/v1/namespaces/default/configmaps'
const create = (name: string, labels: Record<string, string>) =>
  send(server.url, 'POST', path, {metadata: {name, labels}})
const relabel = (name: string, labels: Record<string, string | null>) =>
  send(server.url, 'PATCH', `${path}/${name}`, {metadata: {labels}}, {type: 'application/merge-patch+json'})
const versionNow = async () =>
  readPath((await send(server.url, 'GET', path)).json, 'metadata.resourceVersion')

/** The first `count` events of a watch (fewer when it ends) as `TYPE name`, and the whole of the last one. */
async function events(query: string, count: number, meanwhile: () => Promise<unknown> = async () => {}) {
  const seen: string[] = []
  let last: unknown
  let rest = ''
  const open = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const call = request(`${server.url}${path}?watch=True${query}`, {rejectUnauthorized: false}, response => {
    response.on('error', () => {})
    response.on('end', done.resolve)
    response.on('data', chunk => {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        last = JSON.parse(line)
        seen.push(`${readPath(last, 'type')} ${readPath(last, 'object.metadata.name')}`)
      }
      if (seen.length >= count) done.resolve()
    })
    open.resolve()
  })
  call.on('error', () => {})
  call.end()
  await open.promise
  await meanwhile()
  await done.promise
  call.destroy()
  return {seen, last}
}

describe('a watch', () => {
  it('from a resourceVersion gives what changed since, then what changes', async () => {
    const version = await versionNow()
    await create('since-1', {})
    const {seen, last} = await events(`&resourceVersion=${version}`, 2, () => create('since-2', {}))
    expect(seen).toEqual(['ADDED since-1', 'ADDED since-2'])
    expect(readPath(last, 'object.kind')).toBe('ConfigMap')
  })

  it('without a resourceVersion begins with what is there', async () => {
    await create('there', {only: 'there'})
    const {seen} = await events('&labelSelector=only=there', 1)
    expect(seen).toEqual(['ADDED there'])
  })

  it('with a selector sees objects come and go as their labels change', async () => {
    const version = await versionNow()
    const {seen} = await events(`&resourceVersion=${version}&labelSelector=app%3Dx`, 3, async () => {
      await create('moving', {app: 'y'})
      await relabel('moving', {app: 'x'})
      await relabel('moving', {app: 'x', more: '1'})
      await relabel('moving', {app: null})
    })
    expect(seen).toEqual(['ADDED moving', 'MODIFIED moving', 'DELETED moving'])
  })

  it('sends a bookmark after the initial events when asked', async () => {
    await create('marked', {only: 'marked'})
    const query = '&labelSelector=only=marked&sendInitialEvents=true&allowWatchBookmarks=true'
    const {seen, last} = await events(query, 2)
    expect(seen[0]).toBe('ADDED marked')
    expect(readPath(last, 'type')).toBe('BOOKMARK')
  })
})
