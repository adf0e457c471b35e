import {randomInt} from 'node:crypto'
import type {Kind} from '../kind.ts'
import {eventKind, leaseKind} from './cluster/event.ts'
import {eventViewKind} from './cluster/event-view.ts'
import {namespaceKind, serviceAccountKind} from './cluster/namespace.ts'
import {nodeKind} from './cluster/node.ts'
import {type EscalationCheck, noEscalationCheck, rbacKinds} from './cluster/rbac.ts'
import {configKinds} from './config/kinds.ts'
import {defineKind, type KindSpec} from './define.ts'
import {endpointKinds} from './network/endpoints.ts'
import {policyKinds as networkKinds} from './network/policy.ts'
import {parseRange} from './network/range.ts'
import {serviceKind} from './network/service.ts'
import {podKind, randomSuffix} from './pods/kind.ts'
import {policyKinds} from './policy/kinds.ts'
import {createSchemaLibrary, type SchemaLibrary} from './schemas.ts'
import {claimKind} from './storage/claim.ts'
import {csiKinds} from './storage/csi.ts'
import {storageClassKind, volumeKind} from './storage/volume.ts'
import {cronJobKind} from './workloads/cronjob.ts'
import {controllerRevisionKind, daemonSetKind} from './workloads/daemonset.ts'
import {deploymentKind, replicaSetKind} from './workloads/deployment.ts'
import {jobKind} from './workloads/job.ts'
import {statefulSetKind} from './workloads/statefulset.ts'

export interface BuiltinOptions {
  /** Range of Service addresses, CIDR: `10.96.0.0/16`. */
  serviceRange: string
  nodePorts?: {first: number; last: number}
  /** A number from 0 to below `below`. */
  random?(below: number): number
  /** Five characters for a generated name. */
  suffix?(): string
  /** Refuses roles that give away more than their author has. */
  checkEscalation?: EscalationCheck
  library?: SchemaLibrary
}

/** Every kind that the API serves by itself. */
export function builtinKinds(options: BuiltinOptions): Kind[] {
  const library = options.library ?? createSchemaLibrary()
  const specs: readonly KindSpec[] = [
    namespaceKind,
    nodeKind,
    volumeKind,
    claimKind,
    podKind(options.suffix ?? randomSuffix),
    serviceKind({
      range: parseRange(options.serviceRange),
      nodePorts: options.nodePorts ?? {first: 30000, last: 32767},
      start: options.random ?? (below => randomInt(below)),
    }),
    ...endpointKinds,
    ...configKinds,
    serviceAccountKind,
    eventKind,
    eventViewKind,
    leaseKind,
    statefulSetKind,
    deploymentKind,
    replicaSetKind,
    daemonSetKind,
    controllerRevisionKind,
    jobKind,
    cronJobKind,
    ...networkKinds,
    ...policyKinds,
    ...rbacKinds(options.checkEscalation ?? noEscalationCheck),
    storageClassKind,
    ...csiKinds,
  ]
  return specs.map(spec => defineKind(spec, library))
}
