import {describe, expect, it} from 'vitest'
import {explained} from '../../../src/lib/kube/explain.ts'
import type {Kube, KubeObject} from '../../../src/lib/ports.ts'
import {fakeKube} from '../../fakes/kube.ts'

const secret: KubeObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {name: 'hippo-pguser-hippo', namespace: 'db'},
  stringData: {password: 'geheim'},
}
const pod = {apiVersion: 'v1', kind: 'Pod', name: 'hippo-pg-1-0', namespace: 'db'}
const exec = {namespace: 'db', pod: 'hippo-pg-1-0', container: 'database'}

/** Does it, and gives what was told. */
async function told(work: (kube: Kube) => Promise<unknown>): Promise<string[]> {
  const lines: string[] = []
  await work(
    explained(fakeKube({exec: async () => ({exitCode: 0, stdout: '', stderr: ''})}), line =>
      lines.push(line),
    ),
  )
  return lines
}

describe('explained', () => {
  it.each<[string, (kube: Kube) => Promise<unknown>, string]>([
    [
      'an apply by its manager',
      kube => kube.apply(secret, {force: true}),
      'kubectl apply --server-side --field-manager=pgk --force-conflicts --namespace db -f -  # Secret/hippo-pguser-hippo',
    ],
    [
      'a dry run as one',
      kube => kube.apply(secret, {dryRun: true}),
      'kubectl apply --server-side --field-manager=pgk --dry-run=server --namespace db -f -  # Secret/hippo-pguser-hippo',
    ],
    [
      'a delete with its propagation',
      kube =>
        kube.delete(
          {apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'x', namespace: 'db'},
          {propagation: 'Orphan'},
        ),
      'kubectl delete statefulset.v1.apps/x --namespace db --cascade=orphan --wait=false',
    ],
    [
      'an exec word by word',
      kube => kube.exec({...exec, command: ['echo', '-c', "select 'a b'"]}),
      `kubectl exec --namespace db hippo-pg-1-0 -c database -- echo -c 'select '\\''a b'\\'''`,
    ],
  ])('tells %s', async (_, work, line) => {
    expect(await told(work)).toEqual([line])
  })

  it('tells no body and no input, for they may be secret', async () => {
    const lines = await told(async kube => {
      await kube.create(secret)
      await kube.apply(secret)
      await kube.patch(
        {...pod, kind: 'Secret', name: 'hippo-pguser-hippo'},
        {stringData: {password: 'geheim'}},
      )
      await kube.exec({...exec, command: ['psql'], stdin: "alter role x password 'geheim'"})
    })
    expect(lines).toHaveLength(4)
    expect(lines.join('\n')).not.toContain('geheim')
  })

  it('tells what is asked again and again only once, and does it each time', async () => {
    let calls = 0
    const lines: string[] = []
    const counting = fakeKube({
      exec: async () => {
        calls += 1
        return {exitCode: 0, stdout: '', stderr: ''}
      },
    })
    const kube = explained(counting, line => lines.push(line))
    for (let round = 0; round < 3; round += 1) await kube.exec({...exec, command: ['true']})
    expect([calls, lines.length]).toEqual([3, 1])
  })

  it('tells nothing of what is only read', async () => {
    expect(await told(async kube => [await kube.list(pod), await kube.get(pod)])).toEqual([])
  })
})

it('SQL on psql’s command line is not told: it may hold a password', async () => {
  const sql = "alter role app password 'geheim'"
  const commands = [
    ['psql', '-d', 'shop', '-c', sql],
    ['psql', '-d', 'shop', '-Atc', sql],
    ['psql', '-d', 'shop', `--command=${sql}`],
  ]
  const lines = await told(async kube => {
    for (const command of commands) await kube.execAttached({...exec, command, tty: false})
  })
  expect(lines.map(line => line.split(' -- ')[1])).toEqual([
    "psql -d shop -c '…'",
    "psql -d shop -Atc '…'",
    "psql -d shop --command='…'",
  ])
})
