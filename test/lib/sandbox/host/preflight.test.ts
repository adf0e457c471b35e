import {describe, expect, test} from 'vitest'
import {PgkError} from '../../../../src/lib/errors.ts'
import {type Machine, preflight} from '../../../../src/lib/sandbox/host/preflight.ts'

const files = [
  '/usr/bin/containerd',
  '/usr/bin/ctr',
  '/usr/bin/runc',
  '/usr/sbin/nft',
  '/sbin/ip',
  '/usr/bin/mmdebstrap',
  '/bin/busybox',
  '/usr/bin/apt-get',
  '/usr/lib/cni/ptp',
  '/usr/lib/cni/host-local',
  '/usr/lib/cni/loopback',
  '/usr/share/keyrings/debian-archive-keyring.gpg',
]

function machine(change: Partial<Machine> = {}, without: readonly string[] = []): Machine {
  return {
    platform: 'linux',
    userId: 0,
    path: '/usr/bin:/bin',
    exists: file => files.includes(file) && !without.includes(file),
    ...change,
  }
}

function refusal(given: Machine): PgkError {
  try {
    preflight(given)
  } catch (error) {
    if (error instanceof PgkError) return error
  }
  throw new Error('it was not refused')
}

describe('before a sandbox starts', () => {
  test('a machine with everything passes, also where the search path lacks the programs for root', () => {
    expect(preflight(machine())).toBe('/usr/lib/cni')
  })

  test('an ordinary user is told how to become root', () => {
    expect(refusal(machine({userId: 1000}))).toMatchObject({exitCode: 6, hints: ['sudo pgk sandbox up']})
  })

  test('another system is told that any Kubernetes does', () => {
    expect(refusal(machine({platform: 'darwin'})).code).toBe('PGK_SANDBOX_PLATFORM')
  })

  test('what is missing is named in one line that installs it, each package once', () => {
    const error = refusal(
      machine({}, ['/usr/bin/containerd', '/usr/bin/ctr', '/usr/sbin/nft', '/usr/lib/cni/ptp']),
    )
    expect(error).toMatchObject({
      exitCode: 6,
      hints: ['apt-get install -y --no-install-recommends containerd nftables containernetworking-plugins'],
    })
  })

  test('plugins in the folder of other distributions are found', () => {
    const moved = files.map(file => file.replace('/usr/lib/cni', '/opt/cni/bin'))
    expect(preflight(machine({exists: file => moved.includes(file)}))).toBe('/opt/cni/bin')
  })
})
