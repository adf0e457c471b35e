import {describe, expect, test} from 'vitest'
import {droppingChains, ownRules, rulesFor} from '../../../../src/lib/sandbox/network/firewall.ts'

const listing = [
  '-P INPUT ACCEPT',
  '-P FORWARD DROP',
  '-P OUTPUT ACCEPT',
  '-A FORWARD -d 10.201.0.0/17 -m comment --comment pgk-ci -j ACCEPT',
  '-A FORWARD -s 10.202.0.0/17 -m comment --comment "pgk-ci-2" -j ACCEPT',
  '-A FORWARD -j DOCKER-USER',
].join('\n')

describe('a firewall that drops by default', () => {
  test('is known by its policies', () => {
    expect(droppingChains(listing)).toEqual(['FORWARD'])
  })

  test('lets pods through both ways, and to the machine itself', () => {
    const rules = rulesFor('ci', '10.201.0.0/17').map(rule => rule.slice(0, 3).join(' '))
    expect(rules).toEqual(['FORWARD -s 10.201.0.0/17', 'FORWARD -d 10.201.0.0/17', 'INPUT -s 10.201.0.0/17'])
  })

  test('loses the rules of one sandbox only, never those of others', () => {
    expect(ownRules(listing, 'ci')).toEqual([
      ['FORWARD', '-d', '10.201.0.0/17', '-m', 'comment', '--comment', 'pgk-ci', '-j', 'ACCEPT'],
    ])
    expect(ownRules(listing, 'ci-2').map(rule => rule.slice(0, 3))).toEqual([
      ['FORWARD', '-s', '10.202.0.0/17'],
    ])
    expect(ownRules(listing, 'c')).toEqual([])
  })
})
