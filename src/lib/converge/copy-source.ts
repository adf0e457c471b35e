import type {Action} from '../decide/decision.ts'
import {notFoundError} from '../errors.ts'
import {clusterNames} from '../model/names.ts'
import {text} from '../observe/fields.ts'
import type {KubeObject} from '../ports.ts'
import type {ActPorts} from './act.ts'

const configKeys = ['pgbackrest_instance.conf']
const secretKeys = ['pgbackrest.ca-roots', 'pgbackrest-client.crt', 'pgbackrest-client.key']

function pick(object: KubeObject | undefined, keys: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    keys.map(key => {
      const value = text(object, 'data', key)
      if (value !== undefined) return [key, value]
      throw notFoundError('SOURCE_INCOMPLETE', `${what} is not there, or lacks ${key}`, {
        object: what,
        hints: ['The source must be a cluster with backups whose objects still exist.'],
      })
    }),
  )
}

/** Copies what a restore reads another cluster's repositories with. The source is only read. */
export async function copySource(
  {kube, log}: ActPorts,
  {from, configMap, secret}: Extract<Action, {kind: 'copy-source'}>,
): Promise<void> {
  const {namespace, cluster} = from
  const names = clusterNames(cluster)
  const [config, certificates] = await Promise.all([
    kube.get({apiVersion: 'v1', kind: 'ConfigMap', namespace, name: names.pgbackrestConfigMap}),
    kube.get({apiVersion: 'v1', kind: 'Secret', namespace, name: names.pgbackrestSecret}),
  ])
  const place = `${namespace}/${names.pgbackrestConfigMap}`
  await kube.apply({...configMap, data: pick(config, configKeys, `ConfigMap ${place}`)}, {force: true})
  const secretPlace = `Secret ${namespace}/${names.pgbackrestSecret}`
  await kube.apply({...secret, data: pick(certificates, secretKeys, secretPlace)}, {force: true})
  log(`copied the configuration of ${namespace}/${cluster}`)
}
