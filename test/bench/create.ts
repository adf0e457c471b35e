import {spawn, spawnSync} from 'node:child_process'
import {randomBytes} from 'node:crypto'

/**
 * The phases of `pgk create cluster` in seconds from its start, as its progress tells them, beside a
 * sequence made by hand on a real node: write accepted 8, replicas streaming 10, stanza and first full
 * backup 3 more. Needs the Kubernetes that KUBECONFIG names. Usage: npm run bench:create [-- --runs 3]
 */
const handMade: Record<string, number> = {leader: 8, replicas: 10, backup: 13}
const goal = 1.3

const lines: Record<string, RegExp> = {
  objects: /\bobjects\b/i,
  leader: /\bleads\b/i,
  replicas: /replicas streaming.*2 of 2/i,
  stanza: /backup repository/i,
  backup: /first full backup/i,
  write: /committed through/i,
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

async function create(namespace: string): Promise<Record<string, number>> {
  const image = process.env['PGK_E2E_IMAGE']
  const flags = image === undefined ? [] : ['--image', image]
  const started = performance.now()
  const seconds = (): number => (performance.now() - started) / 1000
  const child = spawn(
    process.execPath,
    ['bin/run.js', 'create', 'cluster', 'hippo', '-n', namespace, '--replicas', '3', ...flags],
    {stdio: ['ignore', 'ignore', 'pipe']},
  )
  const times: Record<string, number> = {}
  let rest = ''
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      for (const [phase, pattern] of Object.entries(lines)) {
        // A milestone is a line that says done; the last such line of a phase counts.
        if (/✔|done/i.test(line) && pattern.test(line)) times[phase] ??= seconds()
      }
    }
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  if (code !== 0) throw new Error(`create exited ${code}\n${said}`)
  return {...times, all: seconds()}
}

function kubectl(...args: string[]): void {
  const {status, stderr} = spawnSync('kubectl', args, {encoding: 'utf8'})
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
}

const flag = process.argv.indexOf('--runs')
const runs = flag < 0 ? 3 : Number(process.argv[flag + 1])
const all: Record<string, number>[] = []
for (let run = 0; run < runs; run += 1) {
  const namespace = `bench-${randomBytes(3).toString('hex')}`
  kubectl('create', 'namespace', namespace)
  try {
    all.push(await create(namespace))
  } finally {
    kubectl('delete', 'namespace', namespace, '--wait=true', '--timeout=120s')
  }
}
const phases = [...Object.keys(lines), 'all'].filter(phase => all.some(times => times[phase] !== undefined))
console.table(
  phases.map(phase => {
    const took = median(all.flatMap(times => times[phase] ?? []))
    const base = handMade[phase]
    return {
      phase,
      'median s': took.toFixed(1),
      'by hand s': base ?? '',
      ratio: base === undefined ? '' : (took / base).toFixed(2),
      goal: base === undefined ? '' : `≤ ${goal}`,
    }
  }),
)
