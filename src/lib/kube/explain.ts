import {shellWord} from '../model/command-line.ts'
import type {ApplyOptions, DeleteOptions, ExecOptions, Kube, KubeObject, ObjectRef} from '../ports.ts'

const shell = (...words: readonly (string | undefined)[]): string =>
  words.filter(word => word !== undefined).join(' ')

const within = (namespace: string | undefined): string | undefined =>
  namespace === undefined ? undefined : `--namespace ${shellWord(namespace)}`

/** The resource as kubectl takes it, with its group where the kind alone could mean another one. */
const resourceOf = ({apiVersion, kind, name}: ObjectRef): string => {
  const [group, version] = apiVersion.split('/')
  return version === undefined || group === undefined
    ? `${kind.toLowerCase()}/${name}`
    : `${kind.toLowerCase()}.${version}.${group}/${name}`
}

const identity = ({kind, metadata: {name, generateName}}: KubeObject): string =>
  `${kind}/${name ?? `${generateName ?? ''}…`}`

/** Bodies come from `-`: they can be long, and those of Secrets are not for showing. */
const fromStdin = (object: KubeObject): string => `-f -  # ${identity(object)}`

function applied(object: KubeObject, {dryRun, force, subresource}: ApplyOptions): string {
  return shell(
    'kubectl apply --server-side --field-manager=pgk',
    force ? '--force-conflicts' : undefined,
    subresource === undefined ? undefined : `--subresource=${subresource}`,
    dryRun ? '--dry-run=server' : undefined,
    within(object.metadata.namespace),
    fromStdin(object),
  )
}

function deleted(ref: ObjectRef, {propagation, gracePeriodSeconds, dryRun}: DeleteOptions): string {
  return shell(
    `kubectl delete ${resourceOf(ref)}`,
    within(ref.namespace),
    propagation === undefined ? undefined : `--cascade=${propagation.toLowerCase()}`,
    gracePeriodSeconds === undefined ? undefined : `--grace-period=${gracePeriodSeconds}`,
    dryRun ? '--dry-run=server' : undefined,
    '--wait=false',
  )
}

const hidden = "'…'"
/** Settings that pgk itself gives psql. */
const ours = new Set(['ON_ERROR_STOP=1', 'VERBOSITY=terse'])

/** SQL, variables and URIs on psql's command line may hold a password, and what is explained is kept in logs. */
function shownCommand([program, ...words]: readonly string[]): string[] {
  if (program !== 'psql') return [program ?? '', ...words].map(shellWord)
  return [program, ...words].map((word, index, all) => {
    const [, flag] = /^(--(?:command|set|variable|dbname)=)/.exec(word) ?? []
    if (flag !== undefined && !ours.has(word)) return `${flag}${hidden}`
    const before = all[index - 1] ?? ''
    const isValue = /^(-[A-Za-z0-9]*[cv]|--command|--set|--variable)$/.test(before) && !ours.has(word)
    return isValue || word.includes('://') || /\bpassword=/.test(word) ? hidden : shellWord(word)
  })
}

function entered(options: Omit<ExecOptions, 'timeoutSeconds'>, mode: '-i' | '-it' | undefined): string {
  return shell(
    'kubectl exec',
    mode,
    within(options.namespace),
    `${options.pod} -c ${options.container} --`,
    ...shownCommand(options.command),
    options.stdin === undefined ? undefined : '  # with input that is not shown',
  )
}

/**
 * The same port, which tells each call that changes or enters something as the kubectl command that does
 * the same, once for each object and command. No body and no input is told: those may be secret.
 */
export function explained(kube: Kube, tell: (line: string) => void): Kube {
  const told = new Set<string>()
  const once = (line: string): void => {
    if (!told.has(line)) tell(line)
    told.add(line)
  }
  return {
    ...kube,
    apply: (object, options = {}) => {
      once(applied(object, options))
      return kube.apply(object, options)
    },
    create: (object, options = {}) => {
      const dryRun = options.dryRun ? '--dry-run=server' : undefined
      once(shell('kubectl create', dryRun, within(object.metadata.namespace), fromStdin(object)))
      return kube.create(object, options)
    },
    patch: (ref, patch, options = {}) => {
      const subresource = options.subresource && `--subresource=${options.subresource}`
      const how = shell(subresource, '--type=merge --patch-file /dev/stdin')
      once(shell(`kubectl patch ${resourceOf(ref)}`, within(ref.namespace), how))
      return kube.patch(ref, patch, options)
    },
    delete: (ref, options = {}) => {
      once(deleted(ref, options))
      return kube.delete(ref, options)
    },
    exec: options => {
      once(entered(options, options.stdin === undefined ? undefined : '-i'))
      return kube.exec(options)
    },
    execAttached: options => {
      once(entered(options, options.tty ? '-it' : '-i'))
      return kube.execAttached(options)
    },
  }
}
