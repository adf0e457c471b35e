import {randomBytes} from 'node:crypto'
import type {OperatePorts} from './converge/operate.ts'
import {createKube} from './kube/client.ts'
import {serverClock} from './kube/clock.ts'
import {type ConnectFlags, connect} from './kube/connect.ts'
import {createStore} from './kube/store.ts'
import type {Clock, Kube, Randomness, Store} from './ports.ts'
import type {EngineOptions} from './wire-engine.ts'

/** What a command works with once it knows which Kubernetes it means. */
export interface Deps {
  kube: Kube
  store: Store
  clock: Clock
  random: Randomness
  namespace: string
  /** Name of the kubeconfig context, for messages. */
  context: string
  environment: NodeJS.ProcessEnv
  /** What rendering and converging take. Loaded only when asked for. */
  engine(options: EngineOptions): Promise<OperatePorts>
}

export interface Says {
  /** Says something to the person that is not a result. */
  say: (line: string) => void
  /** Takes what the API warns of. */
  warn?: (text: string) => void
  /** Takes the kubectl command that equals a call. */
  explain?: (command: string) => void
}

/** The composition root: from flags and kubeconfig to the ports that a command works with. */
export async function wire(flags: ConnectFlags, environment: NodeJS.ProcessEnv, says: Says): Promise<Deps> {
  const connection = await connect(flags, {environment, say: says.say})
  const clock = serverClock()
  const plain = createKube(connection, {
    clock,
    heard: clock.heard,
    ...(says.warn === undefined ? {} : {warn: says.warn}),
  })
  const {explain} = says
  const kube = explain === undefined ? plain : (await import('./kube/explain.ts')).explained(plain, explain)
  const deps = {
    kube,
    store: createStore(kube),
    clock,
    random: {bytes: (count: number) => randomBytes(count)},
    namespace: connection.namespace,
    context: connection.context,
    environment,
  }
  return {
    ...deps,
    async engine(options) {
      const {wireEngine} = await import('./wire-engine.ts')
      return wireEngine(deps, options)
    },
  }
}
