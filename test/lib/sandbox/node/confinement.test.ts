import type {Container, PodSpec} from 'kubernetes-types/core/v1.d.ts'
import {expect, test} from 'vitest'
import {dnsOf, hostnameOf, hostsFile} from '../../../../src/lib/sandbox/node/dns.ts'
import type {ImageRecord} from '../../../../src/lib/sandbox/node/runtime.ts'
import {commonUserOf, securityOf} from '../../../../src/lib/sandbox/node/security.ts'
import {podOf} from './records.ts'

const image: ImageRecord = {id: 'sha256:1', uid: undefined, username: ''}
const secure = (container: Partial<Container>, spec: Partial<PodSpec> = {}, of = image) =>
  securityOf(podOf(spec), {name: 'c', ...container}, of)

test('the container’s wish goes before the pod’s, the pod’s before the image’s', () => {
  const pod: Partial<PodSpec> = {securityContext: {runAsUser: 26, runAsGroup: 27, fsGroup: 28}}
  expect(secure({}, pod)).toMatchObject({
    run_as_user: {value: 26},
    run_as_group: {value: 27},
    supplemental_groups: [28],
  })
  expect(secure({securityContext: {runAsUser: 5}}, pod)).toMatchObject({run_as_user: {value: 5}})
  expect(secure({}, {}, {...image, uid: 9})).toMatchObject({run_as_user: {value: 9}})
  expect(secure({}, {}, {...image, username: 'app'})).toMatchObject({run_as_username: 'app'})
})

test('a pod that must not be root is refused where it could be', () => {
  const must = {securityContext: {runAsNonRoot: true}}
  const where = '(pod: "web-0_db(u-1)", container: c)'
  expect(() => secure(must)).toThrow(`container has runAsNonRoot and image will run as root ${where}`)
  expect(() => secure({securityContext: {runAsNonRoot: true, runAsUser: 0}})).toThrow(
    `container's runAsUser breaks non-root policy ${where}`,
  )
  expect(() => secure(must, {}, {...image, username: 'app'})).toThrow(/image has non-numeric user \(app\)/)
  expect(() => secure({securityContext: {runAsNonRoot: true, runAsUser: 26}})).not.toThrow()
})

test('only privileged containers see the whole kernel', () => {
  expect(secure({}).masked_paths).toContain('/proc/kcore')
  expect(secure({}).seccomp).toEqual({profile_type: 'Unconfined'})
  expect(secure({}, {securityContext: {seccompProfile: {type: 'RuntimeDefault'}}}).seccomp).toEqual({
    profile_type: 'RuntimeDefault',
  })
  const privileged = secure({securityContext: {privileged: true, seccompProfile: {type: 'RuntimeDefault'}}})
  expect(privileged).toMatchObject({
    privileged: true,
    masked_paths: [],
    seccomp: {profile_type: 'Unconfined'},
  })
})

test('a common user is one that all containers agree on', () => {
  const pod = podOf({securityContext: {runAsUser: 26}})
  expect(commonUserOf(pod, [{name: 'a'}, {name: 'b'}])).toBe(26)
  expect(commonUserOf(pod, [{name: 'a'}, {name: 'b', securityContext: {runAsUser: 1}}])).toBeUndefined()
  expect(commonUserOf(podOf(), [{name: 'a'}])).toBeUndefined()
})

const addresses = {
  podRange: '10.1.0.0/16',
  serviceRange: '10.2.0.0/16',
  apiServiceIp: '10.2.0.1',
  dnsServiceIp: '10.2.0.10',
  clusterDomain: 'cluster.local',
  bridgeIp: '10.1.0.1',
}
const host = {servers: ['9.9.9.9'], searches: ['lan'], options: []}
const dns = (spec: Partial<PodSpec>) => dnsOf(podOf(spec), addresses, host)

test('a pod asks the cluster’s DNS unless its policy says otherwise', () => {
  expect(dns({})).toEqual({
    servers: ['10.2.0.10'],
    searches: ['db.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'lan'],
    options: ['ndots:5'],
  })
  expect(dns({dnsPolicy: 'Default'})).toEqual(host)
  expect(dns({hostNetwork: true})).toEqual(host)
  expect(dns({hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet'}).servers).toEqual(['10.2.0.10'])
  const own = {
    nameservers: ['8.8.8.8'],
    searches: ['x'],
    options: [{name: 'ndots', value: '2'}, {name: 'edns0'}],
  }
  expect(dns({dnsPolicy: 'None', dnsConfig: own})).toEqual({
    servers: ['8.8.8.8'],
    searches: ['x'],
    options: ['ndots:2', 'edns0'],
  })
})

test('the hosts file knows the pod by its name in its Service', () => {
  const text = hostsFile(podOf({hostname: 'web-0', subdomain: 'web'}), '10.1.1.1', 'cluster.local')
  expect(text).toContain('10.1.1.1\tweb-0.web.db.svc.cluster.local\tweb-0\n')
  expect(hostsFile(podOf(), '10.1.1.1', 'cluster.local')).toContain('10.1.1.1\tweb-0\n')
  expect(hostnameOf({metadata: {name: `${'a'.repeat(62)}-bc`}})).toBe('a'.repeat(62))
})
