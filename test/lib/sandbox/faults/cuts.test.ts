import {describe, expect, it} from 'vitest'
import {type Barriers, barrierRules} from '../../../../src/lib/sandbox/faults/cuts.ts'

const addresses = {podRange: '10.201.0.0/17', bridgeIp: '10.201.0.1', apiPort: 6443}
const rules = (given: Partial<Barriers>): string[] =>
  barrierRules('pgk_x_faults', addresses, {cuts: [], losses: [], api: 'open', ...given}).split('\n')
/** The rules that drop or refuse, in order. */
const effective = (given: Partial<Barriers>): string[] =>
  rules(given).filter(line => /drop$|reset$|notrack$/.test(line))

describe('the rules of faults', () => {
  it('are no table at all where nothing is cut', () => {
    expect(rules({})).toEqual(['table ip pgk_x_faults', 'delete table ip pgk_x_faults', ''])
  })

  it('cut a pod from everything in both directions, the machine included', () => {
    expect(effective({cuts: [{addresses: ['10.201.0.5'], from: 'all'}]})).toEqual([
      'ip saddr { 10.201.0.5 } ip daddr != { 10.201.0.5 } drop',
      'ip daddr { 10.201.0.5 } ip saddr != { 10.201.0.5 } drop',
      'ip saddr { 10.201.0.5 } drop',
      'ip daddr { 10.201.0.5 } drop',
    ])
  })

  it('cut only the way to the API server and back', () => {
    expect(effective({cuts: [{addresses: ['10.201.0.5'], from: 'api'}]})).toEqual([
      'ip saddr { 10.201.0.5 } tcp dport 6443 drop',
      'ip daddr { 10.201.0.5 } tcp sport 6443 drop',
    ])
  })

  it('let the pods of a node that is cut off from pods talk to each other', () => {
    const [out] = effective({cuts: [{addresses: ['10.201.0.6', '10.201.0.5'], from: 'pods'}]})
    expect(out).toBe(
      'ip saddr { 10.201.0.5, 10.201.0.6 } ip daddr 10.201.0.0/17 ip daddr != { 10.201.0.5, 10.201.0.6 } drop',
    )
  })

  it('cut two pods from each other, and nothing where one of them is not there', () => {
    expect(effective({cuts: [{addresses: ['10.201.0.5'], from: ['10.201.0.6']}]})).toEqual([
      'ip saddr { 10.201.0.5 } ip daddr { 10.201.0.6 } drop',
      'ip saddr { 10.201.0.6 } ip daddr { 10.201.0.5 } drop',
    ])
    expect(effective({cuts: [{addresses: ['10.201.0.5'], from: []}]})).toEqual([])
  })

  it('lose packets both ways, at least one of a thousand', () => {
    const [out, back] = effective({losses: [{addresses: ['10.201.0.5'], percent: 0.01}]})
    expect(out).toBe('ip saddr { 10.201.0.5 } numgen random mod 1000 < 1 drop')
    expect(back).toBe('ip daddr { 10.201.0.5 } numgen random mod 1000 < 1 drop')
    // The kernel takes no comparison that always holds.
    expect(effective({losses: [{addresses: ['10.201.0.5'], percent: 100}]})).toEqual([
      'ip saddr { 10.201.0.5 } drop',
      'ip daddr { 10.201.0.5 } drop',
    ])
  })

  it('refuse the API server’s port, or keep silent, on its own addresses only', () => {
    const port = 'ip daddr { 127.0.0.1, 10.201.0.1 } tcp dport 6443'
    expect(effective({api: 'refuse'})).toEqual([`${port} reject with tcp reset`])
    expect(effective({api: 'silent'})).toEqual([`${port} drop`])
  })

  it('do not translate a second time what comes back from a detour', () => {
    expect(effective({detour: 'pgkd-1'})).toEqual(['iifname "pgkd-1" notrack'])
  })
})
