import type {CompleteCluster} from '../model/document.ts'
import {
  ClusterCertificate,
  clusterLabels,
  instanceLabels,
  Label,
  type Labels,
  pgbackrestConfigLabels,
} from '../model/labels.ts'
import {clusterNames, dnsForms, instanceNames, podHost} from '../model/names.ts'

/** One certificate with its key, and the keys of the Secret under which they are kept. */
export interface Leaf {
  commonName: string
  /** DNS names it must be good for; empty for a client's certificate. */
  dnsNames: readonly string[]
  certificate: string
  privateKey: string
  /** Further keys that repeat the certificate, the private key, or one after the other. */
  copies?: readonly {key: string; of: 'certificate' | 'privateKey' | 'both'}[]
}

/** A Secret of certificates that the cluster needs. */
export interface CertificateSecret {
  name: string
  labels: Labels
  /** The key that holds the roots to trust. */
  roots: string
  leaves: readonly Leaf[]
}

export interface PkiInput {
  document: CompleteCluster
  namespace: string
  /** The instances that have, or are about to get, a pod. */
  instances: readonly {name: string; set: string}[]
  /** The Kubernetes cluster domain, such as `cluster.local`; a trailing dot is ignored. */
  clusterDomain: string
}

/** The role that replicas connect as; its client certificate must bear this very name. */
export const REPLICATION_USER = '_crunchyrepl'

/** The name that pgBackRest's client certificate bears and its servers admit. */
export const pgbackrestClient = (cluster: string): string => `pgbackrest@${cluster}`

const pair = (prefix: string) => ({certificate: `${prefix}.crt`, privateKey: `${prefix}.key`})

function instanceSecret(input: PkiInput, instance: {name: string; set: string}): CertificateSecret {
  const cluster = input.document.metadata.name
  const {pod, certsSecret} = instanceNames(instance.name)
  return {
    name: certsSecret,
    labels: instanceLabels(cluster, instance.set, instance.name),
    roots: 'patroni.ca-roots',
    leaves: [
      {
        commonName: pod,
        dnsNames: dnsForms(podHost(cluster, pod), input.namespace, input.clusterDomain),
        ...pair('dns'),
        copies: [
          {key: 'patroni.crt-combined', of: 'both'},
          {key: 'pgbackrest-server.crt', of: 'certificate'},
          {key: 'pgbackrest-server.key', of: 'privateKey'},
        ],
      },
    ],
  }
}

function pgbackrestSecret(input: PkiInput): CertificateSecret {
  const cluster = input.document.metadata.name
  const names = clusterNames(cluster)
  return {
    name: names.pgbackrestSecret,
    labels: pgbackrestConfigLabels(cluster),
    roots: 'pgbackrest.ca-roots',
    leaves: [
      {commonName: pgbackrestClient(cluster), dnsNames: [], ...pair('pgbackrest-client')},
      {
        commonName: names.repoHostPod,
        dnsNames: dnsForms(podHost(cluster, names.repoHostPod), input.namespace, input.clusterDomain),
        ...pair('pgbackrest-repo-host'),
      },
    ],
  }
}

/** All Secrets of certificates that a cluster needs, the root's apart. */
export function certificateSecrets(given: PkiInput): CertificateSecret[] {
  const input = {...given, clusterDomain: given.clusterDomain.replace(/\.$/, '')}
  const cluster = input.document.metadata.name
  const names = clusterNames(cluster)
  const services = [names.primaryService, names.replicaService, names.ha]
  return [
    {
      name: names.clusterCertSecret,
      labels: {...clusterLabels(cluster), [Label.clusterCertificate]: ClusterCertificate.postgres},
      roots: 'ca.crt',
      leaves: [
        {
          commonName: names.primaryService,
          dnsNames: services.flatMap(name => dnsForms(name, input.namespace, input.clusterDomain)),
          ...pair('tls'),
        },
      ],
    },
    {
      name: names.replicationCertSecret,
      labels: {...clusterLabels(cluster), [Label.clusterCertificate]: ClusterCertificate.replication},
      roots: 'ca.crt',
      leaves: [{commonName: REPLICATION_USER, dnsNames: [], ...pair('tls')}],
    },
    ...input.instances.map(instance => instanceSecret(input, instance)),
    ...(input.document.spec.backups?.pgbackrest === undefined ? [] : [pgbackrestSecret(input)]),
  ]
}
