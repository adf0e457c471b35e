import type {SandboxStatus} from './status.ts'

/** Colours as the terminal side offers them. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  yellow(text: string): string
  red(text: string): string
}

/** The status for a person: one fact a line. */
export function statusText(status: SandboxStatus, paint: Paint): string {
  const line = (title: string, text: string) => `${paint.dim(title.padEnd(12))}${text}\n`
  const state = status.running ? paint.green('running') : paint.yellow('not running')
  const head = line('Sandbox', `${paint.bold(status.name)} ${state}${uptime(status.uptimeSeconds)}`)
  if (!status.running) return `${head}${line('Start it', 'pgk sandbox up')}`
  return [
    head,
    line('API server', status.server ?? '-'),
    line('kubeconfig', status.kubeconfig ?? '-'),
    line('Nodes', status.nodes.map(node => nodeText(node, paint)).join(', ') || '-'),
    line('Pods', String(status.pods ?? '-')),
    line('Addresses', addressText(status)),
    line('Disk', diskText(status, paint)),
    ...imageLines(status).map((text, index) => line(index === 0 ? 'Images' : '', text)),
    ...(status.faults.length === 0
      ? [line('Faults', 'none')]
      : status.faults.map((text, index) => line(index === 0 ? 'Faults' : '', paint.red(text)))),
    ...status.unknown.map(({source, reason}) => line('Unknown', `${paint.red(source)}: ${reason}`)),
  ].join('')
}

const addressText = ({addresses}: SandboxStatus): string =>
  addresses === null ? '-' : `pods ${addresses.pods}, Services ${addresses.services}`

const gibibyte = 2 ** 30
const size = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`

/** Postgres does not start well on less than is called little here. */
function diskText({disk}: SandboxStatus, paint: Paint): string {
  if (disk === null) return '-'
  const free = `${size(disk.free)} free`
  return `${size(disk.used)} used, ${disk.free < gibibyte ? paint.red(free) : free}`
}

/** One line an image, with its other names. */
function imageLines({images, aliases}: SandboxStatus): string[] {
  const others = new Set(Object.values(aliases).flat())
  const own = images.filter(name => !others.has(name))
  if (own.length === 0) return ['-']
  return own.flatMap(name => [name, ...(aliases[name] ?? []).map(alias => `  also as ${alias}`)])
}

function nodeText(node: SandboxStatus['nodes'][number], paint: Paint): string {
  const zone = node.zone === undefined ? '' : ` (${node.zone})`
  return node.ready ? `${node.name}${zone}` : paint.red(`${node.name}${zone} not ready`)
}

function uptime(seconds: number | null): string {
  if (seconds === null) return ''
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  if (days > 0) return ` for ${days} d ${hours} h`
  if (hours > 0) return ` for ${hours} h ${minutes} min`
  return minutes > 0 ? ` for ${minutes} min` : ` for ${seconds} s`
}
