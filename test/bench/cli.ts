import {compare, print, timed} from './pairs.ts'

/**
 * How much pgk costs a person who types it: the bare command against bare Node, and a list against kubectl.
 * Needs a Kubernetes: the one that KUBECONFIG names. Usage: npm run bench:cli
 */
const node = process.execPath
const bareNode = timed('node -e 0', [node, '-e', '0'])
const kubectl = timed('kubectl get configmaps -A', ['kubectl', 'get', 'configmaps', '-A'])

print([
  {...compare(timed('pgk --version', [node, 'bin/run.js', '--version']), bareNode), goal: 3},
  {...compare(timed('pgk list -A', [node, 'bin/run.js', 'list', '-A']), kubectl), goal: 1.5},
])
