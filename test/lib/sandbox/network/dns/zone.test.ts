import {decode, encode} from 'dns-packet'
import type {Service} from 'kubernetes-types/core/v1.d.ts'
import type {EndpointSlice} from 'kubernetes-types/discovery/v1.d.ts'
import {describe, expect, test} from 'vitest'
import {respond} from '../../../../../src/lib/sandbox/network/dns/server.ts'
import {parseNameServers} from '../../../../../src/lib/sandbox/network/dns/upstream.ts'
import type {ZoneSource} from '../../../../../src/lib/sandbox/network/dns/zone.ts'

const ports = [{name: 'postgres', port: 5432, protocol: 'TCP'}]

function service(name: string, spec: Service['spec']): Service {
  return {metadata: {namespace: 'db', name}, spec: {ports, ...spec}}
}

const services = [
  service('hippo-ha', {clusterIP: '10.201.128.9'}),
  service('hippo-pods', {clusterIP: 'None'}),
  service('empty', {clusterIP: 'None'}),
  service('out', {type: 'ExternalName', externalName: 'db.example.org'}),
]

const pods: EndpointSlice = {
  addressType: 'IPv4',
  ports,
  endpoints: [
    {addresses: ['10.201.0.8'], hostname: 'hippo-pg-1-0', conditions: {ready: true}},
    {addresses: ['10.201.0.9'], conditions: {ready: true}},
    {addresses: ['10.201.0.10'], hostname: 'late', conditions: {ready: false}},
  ],
}

const source: ZoneSource = {
  domain: 'cluster.local',
  namespace: name => (name === 'db' ? {metadata: {name}} : undefined),
  service: (namespace, name) =>
    namespace === 'db' ? services.find(s => s.metadata?.name === name) : undefined,
  services: () => services,
  slices: (_, name) => (name === 'hippo-pods' ? [pods] : []),
}

async function ask(name: string, type: 'A' | 'AAAA' | 'SRV' | 'PTR' | 'TXT' = 'A') {
  const query = encode({type: 'query', id: 7, flags: 0x0100, questions: [{type, name}]})
  const reply = await respond({source, upstream: []}, query, 'udp')
  if (reply === undefined) throw new Error('no reply')
  const {
    rcode,
    id,
    answers = [],
    additionals = [],
    authorities = [],
  } = Object.assign({rcode: ''}, decode(reply))
  return {
    rcode,
    id,
    additionals,
    authorities,
    answers,
    data: answers.map(a => ('data' in a ? a.data : undefined)),
  }
}

describe('cluster DNS', () => {
  test('a Service has its own address, in any case of letters', async () => {
    expect(await ask('Hippo-HA.db.svc.Cluster.local')).toMatchObject({
      rcode: 'NOERROR',
      id: 7,
      data: ['10.201.128.9'],
    })
  })

  test('a headless Service has the addresses of its ready endpoints', async () => {
    expect((await ask('hippo-pods.db.svc.cluster.local')).data).toEqual(['10.201.0.8', '10.201.0.9'])
  })

  test('each endpoint has a name: its host name, or its address with dashes', async () => {
    expect((await ask('hippo-pg-1-0.hippo-pods.db.svc.cluster.local')).data).toEqual(['10.201.0.8'])
    expect((await ask('10-201-0-9.hippo-pods.db.svc.cluster.local')).data).toEqual(['10.201.0.9'])
    expect((await ask('late.hippo-pods.db.svc.cluster.local')).rcode).toBe('NXDOMAIN')
  })

  test('a name that exists without such a record differs from one that does not exist', async () => {
    const present = await ask('hippo-ha.db.svc.cluster.local', 'AAAA')
    expect(present).toMatchObject({rcode: 'NOERROR', data: []})
    expect(present.authorities[0]?.type).toBe('SOA')
    expect((await ask('db.svc.cluster.local')).rcode).toBe('NOERROR')
    for (const name of ['rhino.db', 'hippo-ha.other', 'empty.db', 'a.b.c.hippo-ha.db'])
      expect((await ask(`${name}.svc.cluster.local`)).rcode, name).toBe('NXDOMAIN')
  })

  test('a named port leads to its targets and brings their addresses along', async () => {
    const one = await ask('_postgres._tcp.hippo-ha.db.svc.cluster.local', 'SRV')
    expect(one.data).toEqual([
      {priority: 0, weight: 100, port: 5432, target: 'hippo-ha.db.svc.cluster.local'},
    ])
    const many = await ask('_postgres._tcp.hippo-pods.db.svc.cluster.local', 'SRV')
    expect(many.additionals.map(record => record.name)).toEqual([
      'hippo-pg-1-0.hippo-pods.db.svc.cluster.local',
      '10-201-0-9.hippo-pods.db.svc.cluster.local',
    ])
    expect((await ask('_other._tcp.hippo-ha.db.svc.cluster.local', 'SRV')).rcode).toBe('NXDOMAIN')
  })

  test('addresses have names: the Service’s, or the endpoint’s in its headless Service', async () => {
    expect((await ask('9.128.201.10.in-addr.arpa', 'PTR')).data).toEqual(['hippo-ha.db.svc.cluster.local'])
    expect((await ask('8.0.201.10.in-addr.arpa', 'PTR')).data).toEqual([
      'hippo-pg-1-0.hippo-pods.db.svc.cluster.local',
    ])
  })

  test('a pod’s address can be spelled as a name, in namespaces that exist', async () => {
    expect((await ask('10-201-0-8.db.pod.cluster.local')).data).toEqual(['10.201.0.8'])
    expect((await ask('10-201-0-8.other.pod.cluster.local')).rcode).toBe('NXDOMAIN')
  })

  test('an external Service is an alias', async () => {
    expect((await ask('out.db.svc.cluster.local')).answers[0]).toMatchObject({
      type: 'CNAME',
      data: 'db.example.org',
    })
  })

  test('the world outside does not exist where no name server is set', async () => {
    expect((await ask('example.org')).rcode).toBe('NXDOMAIN')
  })

  test('noise is not answered', async () => {
    expect(await respond({source, upstream: []}, Buffer.from('noise'), 'udp')).toBeUndefined()
  })

  test('an answer that does not fit into a datagram is cut and comes whole by TCP', async () => {
    const endpoints = Array.from({length: 60}, (_, index) => ({addresses: [`10.201.1.${index}`]}))
    const wide: ZoneSource = {...source, slices: () => [{...pods, endpoints}]}
    const query = encode({
      type: 'query',
      id: 1,
      questions: [{type: 'A', name: 'hippo-pods.db.svc.cluster.local'}],
    })
    const short = await respond({source: wide, upstream: []}, query, 'udp')
    const long = await respond({source: wide, upstream: []}, query, 'tcp')
    if (short === undefined || long === undefined) throw new Error('no reply')
    expect([short.length <= 512, decode(short).flag_tc, decode(long).answers?.length]).toEqual([
      true,
      true,
      60,
    ])
  })
})

test('only IPv4 name servers are taken from a resolv.conf', () => {
  expect(
    parseNameServers('# x\nnameserver 10.0.0.2\nnameserver fd00::1\nsearch a.b\nnameserver 1.1.1.1 \n'),
  ).toEqual(['10.0.0.2', '1.1.1.1'])
})
