import {isObject, type JsonObject} from '../../json.ts'
import {fill, listAt} from '../fields.ts'
import {defaultFieldRefs} from './containers.ts'

const fileMode = 0o644

function defaultDownward(source: unknown): void {
  for (const item of listAt(source, 'items')) defaultFieldRefs(item)
}

const bySource: Record<string, (source: JsonObject) => void> = {
  secret: source => fill(source, {defaultMode: fileMode}),
  configMap: source => fill(source, {defaultMode: fileMode}),
  hostPath: source => fill(source, {type: ''}),
  downwardAPI(source) {
    fill(source, {defaultMode: fileMode})
    defaultDownward(source)
  },
  projected(source) {
    fill(source, {defaultMode: fileMode})
    for (const part of listAt(source, 'sources')) {
      const token = part['serviceAccountToken']
      if (isObject(token)) fill(token, {expirationSeconds: 3600})
      defaultDownward(part['downwardAPI'])
    }
  },
  ephemeral(source) {
    const template = source['volumeClaimTemplate']
    if (!isObject(template)) return
    fill(template, {metadata: {}, spec: {}})
    if (isObject(template['spec'])) fill(template['spec'], {volumeMode: 'Filesystem', resources: {}})
  },
}

/** Fills a pod's volume; one that names no source is an empty directory. */
export function defaultVolume(volume: JsonObject): void {
  const sources = Object.keys(volume).filter(key => key !== 'name')
  if (sources.length === 0) volume['emptyDir'] = {}
  for (const key of sources) {
    const source = volume[key]
    if (isObject(source)) bySource[key]?.(source)
  }
}
