import type {Lasting, Momentary, Place} from './fault.ts'

const containerOf = (given: {namespace?: string; pod: string; container?: string}): string =>
  `${given.container === undefined ? '' : `container ${given.container} of `}pod ${podName(given)}`

const podName = ({namespace, pod}: {namespace?: string; pod: string}): string =>
  namespace === undefined ? pod : `${namespace}/${pod}`

const placeOf = ({namespace, pod, node}: Place): string =>
  pod === undefined ? `node ${node ?? ''}` : `pod ${podName({pod, ...(namespace ? {namespace} : {})})}`

const others: Readonly<Record<string, string>> = {
  all: 'everything',
  pods: 'all other pods',
  api: 'the API server',
}

const share = (percent: number | undefined): string =>
  percent === undefined || percent === 100 ? 'every request' : `${percent} % of the requests`

/** What a fault is, in words: `pod db/hippo-0 is cut off from the API server`. */
export function wordsOf(fault: Lasting | Momentary): string {
  switch (fault.kind) {
    case 'kill':
      return `${containerOf(fault)} was killed`
    case 'crash':
      return `the program in ${containerOf(fault)} was crashed`
    case 'delete':
      return `pod ${podName(fault)} was deleted${fault.force ? ' without waiting for its end' : ''}`
    case 'pause':
      return `${containerOf(fault)} is paused`
    case 'partition':
      return `${placeOf(fault)} is cut off from ${others[fault.from] ?? `pod ${fault.from}`}`
    case 'latency':
      return `everything reaches ${placeOf(fault)} ${fault.milliseconds} ms later`
    case 'loss':
      return `${placeOf(fault)} loses ${fault.percent} % of its packets`
    case 'disk-full':
      return `the volume of pod ${podName(fault)}${fault.claim === undefined ? '' : ` for claim ${fault.claim}`} is full`
    case 'node-down':
      return `node ${fault.node} is down`
    case 'api':
      return apiWords(fault)
  }
}

function apiWords({mode, percent, milliseconds = 0}: Extract<Lasting, {kind: 'api'}>): string {
  switch (mode) {
    case 'slow':
      return `the API server answers ${share(percent)} ${milliseconds} ms later`
    case 'watch-drop':
      return `the API server drops every watch after ${milliseconds} ms`
    case 'down':
      return 'the API server refuses connections'
    case 'silent':
      return 'the API server does not answer'
    case '409':
      return `the API server answers ${percent === undefined ? 'every write' : `${percent} % of the writes`} with 409`
    default:
      return `the API server answers ${share(percent)} with ${mode}`
  }
}
