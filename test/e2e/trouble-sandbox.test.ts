import {spawnSync} from 'node:child_process'
import {describe, expect, inject, it} from 'vitest'

/** Runs a shell line in namespaces of its own, so that nothing it hides is hidden from anyone else. */
function isolated(unshare: readonly string[], line: string) {
  const {status, stderr} = spawnSync('unshare', [...unshare, 'sh', '-c', line], {encoding: 'utf8'})
  return {code: status, stderr}
}
const up = `'${process.execPath}' bin/run.js sandbox up --name trouble`

// The machine's part of the suite: only where it brings its own sandbox does it know the machine.
describe.runIf(inject('sandbox'))('a machine that cannot run a sandbox', () => {
  it('for want of root says so, and how', () => {
    const outcome = isolated(['--user'], up)
    expect(outcome.code).toBe(6)
    expect(outcome.stderr).toMatch(/^Error: the sandbox needs root.*\(PGK_SANDBOX_NOT_ROOT\)$/m)
    expect(outcome.stderr).toMatch(/Next: .*sudo pgk sandbox up/)
  })

  it('for want of a tool names the Debian package and the command that installs it', () => {
    const hide =
      'for folder in /usr/lib/cni /opt/cni/bin; do [ ! -d $folder ] || mount -t tmpfs none $folder; done'
    const outcome = isolated(['--mount'], `${hide}; ${up}`)
    expect(outcome.code).toBe(6)
    expect(outcome.stderr).toMatch(/needs containernetworking-plugins \(PGK_SANDBOX_TOOL_MISSING\)$/m)
    expect(outcome.stderr).toMatch(/Next: .*apt-get install .*containernetworking-plugins/)
  })

  it('is told by a command that needs a Kubernetes where to get one', () => {
    const env = `env KUBECONFIG= HOME=/nonexistent PGK_SANDBOX_ROOT=/nonexistent`
    const outcome = isolated(['--mount'], `${env} '${process.execPath}' bin/run.js list`)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toMatch(/Next: [\s\S]*pgk sandbox up/)
  })
})
