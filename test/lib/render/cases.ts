import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {withDefaults} from '../../../src/lib/model/defaults.ts'
import type {CompleteCluster} from '../../../src/lib/model/document.ts'
import {instanceName} from '../../../src/lib/model/names.ts'
import {parseDocument} from '../../../src/lib/model/parse.ts'
import type {Facts} from '../../../src/lib/render/facts.ts'

export const goldenDirectory = fileURLToPath(new URL('../../golden', import.meta.url))

/** What is known beside the document in each case; the document is `test/golden/<case>/cluster.yaml`. */
const circumstances: Record<string, Partial<Facts>> = {
  default: {},
  'two-sets': {replicaCreateReady: true, haServiceIp: 'fd00::17'},
  'wal-volume': {replicaCreateReady: true},
  s3: {replicaCreateReady: true},
  'no-backups': {haServiceIp: undefined},
  shutdown: {replicaCreateReady: true},
  bucket: {},
}

export const caseNames = Object.keys(circumstances)

export interface Case {
  document: CompleteCluster
  facts: Facts
}

export function readCase(name: string): Case {
  const file = `${goldenDirectory}/${name}/cluster.yaml`
  const document = withDefaults(parseDocument(readFileSync(file, 'utf8'), file))
  const {spec, metadata} = document
  const facts: Facts = {
    namespace: 'db',
    clusterDomain: 'cluster.local',
    images: {postgres: 'example.com/postgres:17', pgbackrest: 'example.com/postgres:17'},
    instances: spec.instances.flatMap(set =>
      Array.from({length: set.replicas}, (_, index) => ({
        name: instanceName(metadata.name, set.name, index + 1),
        set: set.name,
        running: !spec.shutdown,
        bootstrap: 'initdb' as const,
      })),
    ),
    haServiceIp: '10.96.0.17',
    replicaCreateReady: false,
    owner: {apiVersion: 'v1', kind: 'ConfigMap', name: `${metadata.name}-pgk`, uid: 'the-uid'},
  }
  return {document, facts: {...facts, ...circumstances[name]}}
}
