import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {refusedError} from '../../errors.ts'
import {processesWith, runsWith, signalProcess} from '../host/processes.ts'
import {run, runAny} from '../host/run.ts'
import {waitUntil} from '../host/wait.ts'
import {linkExists} from '../network/links.ts'
import {delayLine} from './delay-line.ts'

export interface Delay {
  /** Of the pod that everything reaches later. */
  address: string
  milliseconds: number
}

const tun = '/dev/net/tun'
const startMilliseconds = 5000

/**
 * Holds packets to pods back for a while: they take a detour over a link of its own, behind which a program
 * lets each one go when its time has come. Needs nothing of the kernel but TUN: many kernels lack netem.
 */
export class Delays {
  private readonly link: string
  private readonly table: number
  private current = ''

  constructor(sandbox: string) {
    const digest = createHash('sha256').update(sandbox).digest()
    this.link = `pgkd-${digest.toString('hex').slice(0, 8)}`
    this.table = 20_000 + (digest.readUInt32BE(0) % 10_000)
  }

  /** Refuses where the machine cannot hold packets back. */
  static require(): void {
    if (existsSync(tun)) return
    throw refusedError('SANDBOX_NO_TUN', 'this machine cannot delay packets', {
      reason: `${tun} is missing`,
      hints: ['modprobe tun'],
    })
  }

  /** From now on these pods are slow to reach, and no others. */
  async set(delays: readonly Delay[]): Promise<void> {
    const wanted = delays.map(({address, milliseconds}) => `${address}=${milliseconds}`).sort()
    const key = wanted.join(' ')
    if (key === this.current) return
    await this.clear()
    if (wanted.length > 0) await this.start(wanted, [...new Set(delays.map(({address}) => address))])
    this.current = key
  }

  /** Takes the detour away, whoever set it up. */
  async clear(): Promise<void> {
    this.current = ''
    for (const priority of [this.table, this.table + 1]) {
      while ((await runAny('ip', ['rule', 'delete', 'priority', String(priority)])).code === 0);
    }
    const running = processesWith(this.link)
    for (const pid of running) signalProcess(pid, 'SIGKILL')
    await waitUntil(() => !running.some(pid => runsWith(pid, this.link)), startMilliseconds)
  }

  private async start(wanted: readonly string[], addresses: readonly string[]): Promise<void> {
    const {link, table} = this
    // It outlives the daemon, as everything else does that a fault has set up.
    spawn('perl', ['-e', delayLine, link, ...wanted], {detached: true, stdio: 'ignore'})
      .on('error', () => undefined)
      .unref()
    if (!(await waitUntil(() => linkExists(link), startMilliseconds))) {
      throw refusedError('SANDBOX_NO_DELAY', 'packets cannot be delayed', {
        reason: `perl does not open ${tun}`,
        hints: ['apt-get install -y perl-base', 'modprobe tun'],
      })
    }
    await run('ip', ['link', 'set', link, 'up'])
    const settings = {accept_local: 1, rp_filter: 0, forwarding: 1}
    for (const [name, value] of Object.entries(settings)) {
      await run('sysctl', ['-q', '-w', `net.ipv4.conf.${link}.${name}=${value}`])
    }
    await run('ip', ['route', 'replace', 'default', 'dev', link, 'table', String(table)])
    // What comes back from the detour goes its usual way.
    await run('ip', ['rule', 'add', 'priority', String(table), 'iif', link, 'lookup', 'main'])
    for (const address of addresses) {
      const to = ['to', `${address}/32`, 'lookup', String(table)]
      await run('ip', ['rule', 'add', 'priority', String(table + 1), ...to])
    }
  }

  /** nftables' name for the link, whose packets were tracked and translated before. */
  get device(): string {
    return this.link
  }
}
