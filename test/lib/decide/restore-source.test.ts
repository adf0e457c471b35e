import {describe, expect, it} from 'vitest'
import {restoreJobRequest} from '../../../src/lib/decide/restore/objects.ts'
import {restoreOf} from '../../../src/lib/decide/restore/request.ts'
import {sourceOperation} from '../../../src/lib/decide/restore/source.ts'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import {Annotation} from '../../../src/lib/model/labels.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import {unquoted} from '../../../src/lib/model/restore-options.ts'
import {observed} from '../../fakes/observed.ts'

describe('a document with a source', () => {
  const claim = {accessModes: ['ReadWriteOnce'], resources: {requests: {storage: '1Gi'}}}
  const document = withDefaults(
    parseDocument(
      {
        apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
        kind: 'PostgresCluster',
        metadata: {name: 'rhino', namespace: 'db'},
        spec: {
          postgresVersion: 17,
          instances: [{name: 'pg', dataVolumeClaimSpec: claim}],
          dataSource: {
            postgresCluster: {
              clusterName: 'hippo',
              repoName: 'repo2',
              options: ['--type=time', '--target="2026-11-23 08:00:00+00"'],
            },
          },
        },
      },
      'test',
    ),
  )
  const instances = [{name: 'rhino-pg-1', set: 'pg', running: true, bootstrap: 'initdb'}] as const
  const empty = observed({
    cluster: 'rhino',
    instances: [],
    config: undefined,
    leadership: {state: 'none'},
  })
  const input = {document, status: {}, seen: empty, owner: undefined, instances}

  it('begins with a clone, the same each time it is decided', () => {
    const operation = sourceOperation(input)
    expect(operation).toEqual(sourceOperation(input))
    expect(operation?.request.options).toEqual([
      '--repo=2',
      '--type=time',
      '--target=2026-11-23 08:00:00+00',
      '--target-action=promote',
    ])
    expect(operation?.request.source).toEqual({cluster: 'hippo', namespace: 'db'})
  })

  it('must keep what its volumes held before: they may have been left by another cluster', () => {
    const operation = sourceOperation(input)
    if (operation === undefined) throw new Error('nothing begins')
    expect(restoreJobRequest(document, operation, 'restore').mustKeep).toBe(true)
  })

  it('must replay up to what was promised when it was asked for; nothing but an LSN is taken for that', () => {
    const lsnOf = (annotations: Record<string, string>) => {
      const promised = {...document, metadata: {...document.metadata, annotations}}
      const operation = sourceOperation({...input, document: promised})
      return operation && restoreJobRequest(promised, operation, 'restore').lsn
    }
    expect(lsnOf({[Annotation.promisedLsn]: '0/4000028'})).toBe('0/4000028')
    expect(lsnOf({[Annotation.promisedLsn]: "0/0' or true --"})).toBeUndefined()
    expect(lsnOf({})).toBeUndefined()
  })

  it('or with the data of a bucket, for which nothing is copied', () => {
    const pgbackrest = {
      stanza: 'main',
      repo: {name: 'repo1', gcs: {bucket: 'herd'}},
      configuration: [{secret: {name: 'keys'}}],
      options: ['--delta', '--type=immediate'],
    }
    const stored = {...document, spec: {...document.spec, dataSource: {pgbackrest}}}
    const operation = sourceOperation({...input, document: stored})
    expect(operation?.request).toMatchObject({
      source: 'bucket',
      options: ['--repo=1', '--type=immediate', '--target-action=promote'],
    })
    if (operation === undefined) throw new Error('nothing begins')
    const read = restoreOf({operation: {...operation, request: {...operation.request}}})
    expect(read?.request.source).toBe('bucket')
    expect(restoreJobRequest(stored, operation, 'restore').source).toMatchObject({
      configMap: null,
      stanza: 'main',
      configuration: [{secret: {name: 'keys'}}],
    })
  })

  it('never takes data from it again once there is a database', () => {
    const config = {systemIdentifier: '7710884053495799853', configuration: undefined, history: []}
    expect(sourceOperation({...input, seen: {...empty, config}})).toBeUndefined()
    expect(
      sourceOperation({
        ...input,
        status: {
          operation: {id: 'abcde', kind: 'clone', phase: 'start', who: 'me', startedAt: '', request: {}},
        },
      }),
    ).toBeUndefined()
  })

  it('takes options as a shell would leave them', () => {
    expect(unquoted(`--target='a b'`)).toBe('--target=a b')
    expect(unquoted('--set=20260101-000000F')).toBe('--set=20260101-000000F')
  })
})
