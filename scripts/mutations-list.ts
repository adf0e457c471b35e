export interface Mutation {
  behaviour: string
  file: string
  from: string
  to: string
  /** What must fail then. */
  test: string
  /** `node` for what only real containers show. */
  project?: 'unit' | 'node'
  /** Only the tests whose names hold this. */
  claim?: string
}

const sandbox = 'src/lib/sandbox'
const contention = 'test/lib/sandbox/apiserver/contention.test.ts'
/** Behaviours that are taken away by one replacement each, and the tests that must notice. */
export const mutations: readonly Mutation[] = [
  {
    behaviour: 'of two writers with one version, one is refused',
    file: `${sandbox}/apiserver/registry/update.ts`,
    from: 'throw modifiedMeanwhile(kind, name)',
    to: 'return',
    test: contention,
  },
  {
    behaviour: 'a watch from a forgotten version gets 410',
    file: `${sandbox}/apiserver/http/watch.ts`,
    from: 'if (missed === undefined) {',
    to: 'if (missed === undefined && version < 0) {',
    test: contention,
  },
  {
    behaviour: 'appliers of one field are told of their conflict',
    file: `${sandbox}/apiserver/apply/apply.ts`,
    from: 'const error = applyConflict(conflicts)',
    to: 'const error = applyConflict([])',
    test: contention,
  },
  {
    behaviour: 'an eviction respects its budget',
    file: `${sandbox}/apiserver/pods/eviction.ts`,
    from: '(status?.disruptionsAllowed ?? 0) <= 0',
    to: 'status === null',
    test: 'test/lib/sandbox/apiserver/pods.test.ts',
  },
  {
    behaviour: 'a CronJob that forbids overlaps waits',
    file: `${sandbox}/controllers/cronjobs/controller.ts`,
    from: "=== 'Forbid' &&",
    to: "=== 'Nothing' &&",
    test: 'test/lib/sandbox/controllers/cronjobs.test.ts',
  },
  {
    behaviour: 'OnDelete leaves running pods alone',
    file: `${sandbox}/controllers/statefulset/plan.ts`,
    from: "if (set.spec?.updateStrategy?.type !== 'OnDelete') updateOne",
    to: 'updateOne',
    test: 'test/lib/sandbox/controllers/statefulset.test.ts',
  },
  {
    behaviour: 'a resumed watch repeats nothing',
    file: `${sandbox}/apiserver/storage/change-log.ts`,
    from: 'change.version <= version) break',
    to: 'change.version < version) break',
    test: contention,
  },
  {
    behaviour: 'a list of an exact version shows that moment',
    file: `${sandbox}/apiserver/http/list.ts`,
    from: 'of changes.toReversed()',
    to: 'of changes.slice(changes.length)',
    test: 'test/lib/sandbox/apiserver/versions.test.ts',
  },
  {
    behaviour: 'rights are needed',
    file: `${sandbox}/apiserver/access/rules.ts`,
    from: 'if (!names(rule.verbs, verb)) return false',
    to: '',
    test: 'test/lib/sandbox/apiserver/access',
  },
  {
    behaviour: 'a token ends',
    file: `${sandbox}/apiserver/access/tokens.ts`,
    from: 'currentDate: now()',
    to: 'currentDate: new Date(0), clockTolerance: 9e9',
    test: 'test/lib/sandbox/apiserver/access/tokens.test.ts',
  },
  {
    behaviour: 'a failed Job waits before its next pod',
    file: `${sandbox}/controllers/jobs/backoff.ts`,
    from: 'return Math.max(0, failures.lastAt + delay - now.getTime())',
    to: 'return delay * 0',
    test: 'test/lib/sandbox/controllers/jobs.test.ts',
  },
  {
    behaviour: 'changed ConfigMaps and Secrets reach the files of pods',
    file: `${sandbox}/node/volumes/atomic.ts`,
    from: 'if (old !== undefined && (await holds(join(root, old), payload))) return false',
    to: 'if (old !== undefined) return false',
    test: 'test/lib/sandbox/node/atomic.test.ts',
  },
  {
    behaviour: 'pods have names of their own',
    file: `${sandbox}/network/dns/zone.ts`,
    from: 'target.name === host',
    to: "target.name === ''",
    test: 'test/lib/sandbox/network/dns/zone.test.ts',
  },
  {
    behaviour: 'SRV records tell ports',
    file: `${sandbox}/network/dns/zone.ts`,
    from: '{addresses: [], targets: ports.map(({target}) => target)}',
    to: 'nothing',
    test: 'test/lib/sandbox/network/dns/zone.test.ts',
  },
  {
    behaviour: 'Endpoints of a Service without selector lead somewhere',
    file: `${sandbox}/controllers/endpoints/mirror.ts`,
    from: '!service.spec?.selector &&',
    to: 'service.spec?.selector !== undefined &&',
    test: 'test/lib/sandbox/controllers/endpoints.test.ts',
  },
  {
    behaviour: 'a claim stays when its pod is scaled away',
    file: `${sandbox}/controllers/statefulset/claims.ts`,
    from: "whenScaled = 'Retain'",
    to: "whenScaled = 'Delete'",
    test: 'test/lib/sandbox/controllers/statefulset.test.ts',
  },
  {
    behaviour: 'a quota is held',
    file: `${sandbox}/apiserver/registry/create.ts`,
    from: 'admitByQuota(context, kind, draft)',
    to: '',
    test: 'test/lib/sandbox/apiserver/quota.test.ts',
  },
  {
    behaviour: 'a network policy keeps out what it does not name',
    file: `${sandbox}/network/policies/rules.ts`,
    from: "...rules, 'drop', '}'",
    to: "...rules, '}'",
    test: 'test/lib/sandbox/network/policies.test.ts',
  },
  {
    behaviour: 'exec ends the input of its command',
    file: `${sandbox}/node/streams/exec.ts`,
    from: 'runtime.closeStdin(process.containerId, execId))',
    to: 'Promise.resolve())',
    test: 'test/node/streams.test.ts',
    project: 'node',
    claim: 'reads its input to the end',
  },
  {
    behaviour: 'exec gives the exit code',
    file: `${sandbox}/node/streams/exec.ts`,
    from: 'return code',
    to: 'return code * 0',
    test: 'test/node/streams.test.ts',
    project: 'node',
    claim: 'exact exit code',
  },
  {
    behaviour: 'the log of the container before is kept',
    file: `${sandbox}/node/streams/logs.ts`,
    from: 'logPath(record.name, restartCountOf(record))',
    to: 'logPath(record.name, 1)',
    test: 'test/node/streams.test.ts',
    project: 'node',
    claim: 'following a log ends|log of the container before',
  },
]
