import type {KubeObject} from '../ports.ts'

/** A wave may refer to what an earlier one made. */
const waveOfKind: Readonly<Record<string, number>> = {
  ServiceAccount: 0,
  Role: 0,
  Service: 0,
  ConfigMap: 0,
  Secret: 0,
  PersistentVolumeClaim: 0,
  // Granting rights is refused while the Role does not exist.
  RoleBinding: 1,
  EndpointSlice: 1,
}
const lastWave = 2

/** The objects in the order in which they are to be applied; those of one wave may go at once. */
export function waves(objects: readonly KubeObject[]): KubeObject[][] {
  const sorted: KubeObject[][] = [[], [], []]
  for (const object of objects) sorted[waveOfKind[object.kind] ?? lastWave]?.push(object)
  return sorted.filter(wave => wave.length > 0)
}
