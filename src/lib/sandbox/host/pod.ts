import {Type} from 'typebox'
import {Compile} from 'typebox/compile'
import {notFoundError} from '../../errors.ts'

const podShape = Compile(
  Type.Object({spec: Type.Object({containers: Type.Array(Type.Object({name: Type.String()}))})}),
)

/** The container that kubectl would take: the pod's first one. */
export function firstContainer(pod: unknown, name: string): string {
  const [first] = podShape.Check(pod) ? pod.spec.containers : []
  if (first !== undefined) return first.name
  throw notFoundError('POD_NOT_FOUND', `there is no pod ${name}`, {hints: ['kubectl get pods -A']})
}
