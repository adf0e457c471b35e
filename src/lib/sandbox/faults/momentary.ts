import {refusedError} from '../../errors.ts'
import {argumentsOf, signalProcess} from '../host/processes.ts'
import type {Registry} from '../registry.ts'
import {pods} from '../resources.ts'
import type {Momentary} from './fault.ts'
import {membersOf} from './processes.ts'
import {containerGroup, findPod} from './targets.ts'

/** Does what is over as soon as it is done. Gives the namespace of the pod. */
export async function strike(registry: Registry, cgroupRoot: string, fault: Momentary): Promise<string> {
  const pod = findPod(registry, fault)
  const namespace = pod.metadata?.namespace ?? ''
  if (fault.kind === 'delete') {
    registry.delete(pods, namespace, fault.pod, fault.force ? {gracePeriodSeconds: 0} : {})
    return namespace
  }
  const group = containerGroup(cgroupRoot, pod, fault.container)
  const {first, rest} = await membersOf(group)
  if (fault.kind === 'kill') {
    if (first !== undefined) signalProcess(first, 'SIGKILL')
    return namespace
  }
  const wanted = fault.process
  const hit = rest.filter(pid => wanted === undefined || argumentsOf(pid).join(' ').includes(wanted))
  if (hit.length === 0) {
    // The kernel keeps signals that kill by default from the first process of a namespace, SIGKILL apart.
    throw refusedError('NOTHING_TO_CRASH', 'no process of this container can be crashed', {
      reason:
        wanted === undefined
          ? 'it has one process only, the first, which ignores it'
          : `none is like ${wanted}`,
      hints: [`pgk sandbox fault kill ${fault.pod}`],
    })
  }
  for (const pid of hit) signalProcess(pid, 'SIGSEGV')
  return namespace
}
