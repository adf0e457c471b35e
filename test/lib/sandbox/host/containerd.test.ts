import {mkdtempSync, rmSync} from 'node:fs'
import {createServer, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {containerdConfig} from '../../../../src/lib/sandbox/host/containerd/config.ts'
import {keepContainerd} from '../../../../src/lib/sandbox/host/containerd/watch.ts'

const settings = {
  root: '/state/containerd',
  state: '/run/x/containerd',
  socket: '/run/x/containerd.sock',
  networks: '/state/cni',
  plugins: '/usr/lib/cni',
  runc: '/run/x/runc',
  pauseImage: 'localhost/pause:1',
}

test('containerd shares nothing with the machine’s own: every folder of its configuration is the sandbox’s', () => {
  const text = containerdConfig(settings)
  const places = [...text.matchAll(/^\s*(?:root|state|address|conf_dir|Root) = "(.*)"$/gm)].map(
    ([, place]) => place,
  )
  expect(places).toEqual([
    '/state/containerd',
    '/run/x/containerd',
    '/run/x/containerd.sock',
    '/state/cni',
    '/run/x/runc',
  ])
  expect(text).toContain('netns_mounts_under_state_dir = true')
})

describe('a containerd that is watched', () => {
  const folder = mkdtempSync(join(tmpdir(), 'containerd-'))
  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  test('is started again when it ends, and left alone while it runs', async () => {
    const socket = join(folder, 'c.sock')
    const open = new Set<Socket>()
    const server = createServer(connection => open.add(connection))
    await new Promise<void>(resolve => server.listen(socket, resolve))
    const stop = new AbortController()
    const restarted = Promise.withResolvers<void>()
    let restarts = 0
    const watching = keepContainerd({
      socket,
      restart: async () => {
        restarts += 1
        restarted.resolve()
      },
      log: () => undefined,
      signal: stop.signal,
    })
    await new Promise<void>(resolve => server.once('connection', () => resolve()))
    expect(restarts).toBe(0)
    for (const connection of open) connection.destroy()
    await restarted.promise
    stop.abort()
    server.close()
    await watching
    expect(restarts).toBe(1)
  })
})
