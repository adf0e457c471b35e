import type {Answer, DecodedPacket, Packet, Question} from 'dns-packet'
import {lookUp, reverseLookUp, type ZoneNode, type ZoneSource} from './zone.ts'

/** Seconds that a client may keep an answer; what CoreDNS gives by default. */
const timeToLive = 5
const authoritative = 0x0400
const recursionAvailable = 0x0080
const recursionDesired = 0x0100
const notExisting = 3

/** The reply to a question about the cluster, or undefined when the name belongs to the world outside. */
export function answerFromZone(source: ZoneSource, query: DecodedPacket): Packet | undefined {
  const question = query.questions?.[0]
  if (question === undefined) return undefined
  const name = question.name.toLowerCase().replace(/\.$/, '')
  if (name === source.domain || name.endsWith(`.${source.domain}`)) {
    const found = lookUp(source, name)
    const records = found === undefined ? [] : recordsOf(question, found)
    const additionals = question.type === 'SRV' && found !== undefined ? targetAddresses(found) : []
    const code = found === undefined ? notExisting : 0
    return reply(query, {code, answers: records, additionals, domain: source.domain})
  }
  const address = reverseAddress(name)
  if (address === undefined || question.type !== 'PTR') return undefined
  const answers = reverseLookUp(source, address).map(
    (data): Answer => ({type: 'PTR', name: question.name, ttl: timeToLive, data}),
  )
  return answers.length === 0
    ? undefined
    : reply(query, {code: 0, answers, additionals: [], domain: source.domain})
}

/** An answer without records: `code` is a DNS response code such as 2, server failure. */
export function emptyReply(query: DecodedPacket, code: number): Packet {
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: responseFlags(query, 0) | code,
    questions: query.questions ?? [],
    answers: [],
  }
}

interface ReplyParts {
  code: number
  answers: Answer[]
  additionals: Answer[]
  domain: string
}

function reply(query: DecodedPacket, parts: ReplyParts): Packet {
  const authorities = parts.answers.length === 0 ? [startOfAuthority(parts.domain)] : []
  return {
    ...emptyReply(query, parts.code),
    flags: responseFlags(query, authoritative) | parts.code,
    answers: parts.answers,
    authorities,
    additionals: parts.additionals,
  }
}

function responseFlags(query: DecodedPacket, extra: number): number {
  return ((query.flags ?? 0) & recursionDesired) | recursionAvailable | extra
}

function recordsOf(question: Question, found: ZoneNode): Answer[] {
  const common = {name: question.name, ttl: timeToLive}
  if (found.alias !== undefined) return [{...common, type: 'CNAME', data: found.alias}]
  switch (question.type) {
    case 'A':
      return found.addresses.map((data): Answer => ({...common, type: 'A', data}))
    case 'SRV': {
      const weight = Math.max(1, Math.floor(100 / Math.max(1, found.targets.length)))
      return found.targets.map(
        ({name, port}): Answer => ({...common, type: 'SRV', data: {priority: 0, weight, port, target: name}}),
      )
    }
    case 'TXT':
      return found.text === undefined ? [] : [{...common, type: 'TXT', data: found.text}]
    default:
      return []
  }
}

function targetAddresses(found: ZoneNode): Answer[] {
  const byName = new Map(found.targets.map(({name, address}) => [name, address]))
  return [...byName].map(([name, data]): Answer => ({type: 'A', name, ttl: timeToLive, data}))
}

/** What lets a resolver keep a negative answer, and for how long. */
function startOfAuthority(domain: string): Answer {
  return {
    type: 'SOA',
    name: domain,
    ttl: timeToLive,
    data: {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: timeToLive,
    },
  }
}

function reverseAddress(name: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name)
  return match === null ? undefined : match.slice(1).reverse().join('.')
}
