import {isObject, type JsonObject} from '../../json.ts'
import {at, ensureObject, fill, listAt, textAt} from '../fields.ts'
import {containersOf, defaultContainer, requestLimits} from './containers.ts'
import {defaultVolume} from './volumes.ts'

/** Ports of a pod on the host's network are the host's ports. */
function exposeHostPorts(spec: JsonObject): void {
  for (const container of containersOf(spec)) {
    for (const port of listAt(container, 'ports')) fill(port, {hostPort: port['containerPort']})
  }
}

/** Fills what a pod's spec and a template's spec have in common. */
export function defaultPodSpec(spec: JsonObject): void {
  if (spec['hostNetwork'] === true) exposeHostPorts(spec)
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
  })
  ensureObject(spec, 'securityContext')
  // The older name of the same field is always shown alongside.
  const account = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount')
  if (account !== '') Object.assign(spec, {serviceAccountName: account, serviceAccount: account})
  for (const container of containersOf(spec)) defaultContainer(container)
  for (const volume of listAt(spec, 'volumes')) defaultVolume(volume)
}

/** Fills `owner.template`, the pod template of a workload. */
export function defaultPodTemplate(owner: JsonObject): void {
  const template = ensureObject(owner, 'template')
  ensureObject(template, 'metadata')
  defaultPodSpec(ensureObject(template, 'spec'))
}

/** Fills a whole pod. */
export function defaultPod(pod: JsonObject): void {
  const spec = ensureObject(pod, 'spec')
  defaultPodSpec(spec)
  fill(spec, {enableServiceLinks: true})
  for (const container of containersOf(spec)) requestLimits(container)
  const status = pod['status']
  if (!isObject(status)) return
  if (at(status, 'phase') === undefined) status['phase'] = 'Pending'
  // Always written, and no probe of a condition was ever noted.
  for (const condition of listAt(status, 'conditions')) fill(condition, {lastProbeTime: null})
}
