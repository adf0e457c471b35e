import {compare, print} from './pairs.ts'

/**
 * How much pgk costs a person who types it: the bare command against bare Node, and a list against kubectl.
 * Needs a Kubernetes: the one that KUBECONFIG names. Usage: npm run bench:cli
 */
const node = process.execPath
const bareNode = {name: 'node -e 0', command: [node, '-e', '0']}
const kubectl = {name: 'kubectl get configmaps -A', command: ['kubectl', 'get', 'configmaps', '-A']}

print([
  {...compare({name: 'pgk --version', command: [node, 'bin/run.js', '--version']}, bareNode), goal: 3},
  {...compare({name: 'pgk list -A', command: [node, 'bin/run.js', 'list', '-A']}, kubectl), goal: 1.5},
])
