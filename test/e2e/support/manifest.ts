import {inject} from 'vitest'
import {DEFAULT_IMAGES} from '../../../src/lib/model/images.ts'
import {list} from '../../../src/lib/observe/fields.ts'
import {json, kubectl} from './commands.ts'

/** The image that the suite was given, or the table's. */
export const postgresImage = (): string =>
  inject('image') || (DEFAULT_IMAGES['RELATED_IMAGE_POSTGRES_17'] ?? '')

const claim = () => ({
  accessModes: ['ReadWriteOnce'],
  ...(inject('storageClass') === '' ? {} : {storageClassName: inject('storageClass')}),
  resources: {requests: {storage: '1Gi'}},
})

export interface ManifestChange {
  name?: string
  /** Merged into `spec`, field by field. */
  spec?: Record<string, unknown>
  /** Merged into the only instance set. */
  set?: Record<string, unknown>
}

/** A manifest of one instance without backups, with what the suite was given, and the change. JSON is YAML. */
export function manifest({name = 'hippo', spec = {}, set = {}}: ManifestChange = {}): string {
  const image = inject('image') === '' ? {} : {image: inject('image')}
  const instances = [{name: 'pg', replicas: 1, dataVolumeClaimSpec: claim(), ...set}]
  return JSON.stringify({
    apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
    kind: 'PostgresCluster',
    metadata: {name},
    spec: {postgresVersion: 17, ...image, instances, ...spec},
  })
}

/** A repository on a volume. */
export const volumeRepo = (name: string) => ({name, volume: {volumeClaimSpec: claim()}})

const kinds = [
  'pods,statefulsets,deployments,services,endpoints,endpointslices,configmaps,secrets,persistentvolumeclaims',
  'jobs,cronjobs,serviceaccounts,roles,rolebindings,poddisruptionbudgets,leases',
].join()

/** Everything that carries a cluster's label, and the documents; empty where no cluster was begun. */
export async function remains(namespace: string): Promise<string[]> {
  const prefix = 'postgres-operator.crunchydata.com'
  const found: string[] = []
  for (const selector of [`${prefix}/cluster`, `${prefix}/document`]) {
    const objects = await json(kubectl(['get', kinds, '-n', namespace, '-l', selector, '-o', 'json']))
    for (const item of list(objects, 'items')) {
      const {kind, metadata} = item as {kind: string; metadata: {name: string}}
      found.push(`${kind}/${metadata.name}`)
    }
  }
  const documents = await kubectl(['get', `postgresclusters.${prefix}`, '-n', namespace, '-o', 'name'])
  return [...found, ...documents.stdout.split('\n').filter(line => line !== '')].sort()
}
