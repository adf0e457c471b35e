import type {Images} from '../model/images.ts'

export interface InstanceFacts {
  name: string
  set: string
  /** False stops the instance: no pod, its volumes stay. */
  running: boolean
  /** `existing` takes over a restored directory. */
  bootstrap: 'initdb' | 'existing'
}

/** Who owns the objects, so that they go with it: the document's custom resource or ConfigMap. */
export interface Owner {
  apiVersion: string
  kind: string
  name: string
  uid: string
}

/** What rendering needs beside the document. It is given, never looked up. */
export interface Facts {
  namespace: string
  /** Without its trailing dot: `cluster.local`. */
  clusterDomain: string
  images: Images
  instances: readonly InstanceFacts[]
  /** The cluster IP of `{cluster}-ha`; undefined until that Service exists. */
  haServiceIp: string | undefined
  /** The first repository has the stanza and a full backup: replicas come from there, schedules run. */
  replicaCreateReady: boolean
  owner: Owner | undefined
}
