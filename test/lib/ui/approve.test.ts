import {Chalk} from 'chalk'
import {expect, test} from 'vitest'
import {type Approval, type Asking, approve} from '../../../src/lib/ui/approve.ts'

const approval = (severity: Approval['severity']): Approval => ({
  action: 'Delete cluster hippo',
  consequences: ['3 pods stop'],
  severity,
  name: 'hippo',
  place: 'context prod, namespace db',
})

async function asking(severity: Approval['severity'], given: Partial<Asking> & {answer?: string}) {
  const said: string[] = []
  const asked: string[] = []
  const {answer = '', ...rest} = given
  const outcome = await approve(approval(severity), {
    yes: false,
    confirm: undefined,
    canAsk: false,
    colour: new Chalk({level: 0}),
    say: line => said.push(line),
    askYesNo: async question => {
      asked.push(question)
      return answer === 'y'
    },
    askText: async question => {
      asked.push(question)
      return answer
    },
    ...rest,
  }).then(
    () => 'approved',
    (error: {code: string; exitCode: number}) => `${error.code} ${error.exitCode}`,
  )
  return {outcome, said, asked}
}

test.each<[Approval['severity'], Partial<Asking> & {answer?: string}, string]>([
  ['none', {}, 'approved'],
  ['moderate', {}, 'PGK_CONFIRMATION_MISSING 3'],
  ['moderate', {yes: true}, 'approved'],
  ['moderate', {canAsk: true, answer: 'y'}, 'approved'],
  ['moderate', {canAsk: true, answer: 'n'}, 'PGK_DECLINED 3'],
  ['severe', {}, 'PGK_CONFIRMATION_MISSING 3'],
  ['severe', {yes: true}, 'PGK_CONFIRMATION_MISSING 3'],
  ['severe', {yes: true, canAsk: true, answer: 'y'}, 'PGK_DECLINED 3'],
  ['severe', {canAsk: true, answer: 'hippo'}, 'approved'],
  ['severe', {confirm: 'hippo'}, 'approved'],
  ['severe', {confirm: 'other', canAsk: true, answer: 'hippo'}, 'PGK_CONFIRMATION_WRONG 3'],
])('a %s step, answered with %j, ends as %s', async (severity, given, expected) => {
  expect((await asking(severity, given)).outcome).toBe(expected)
})

test('consequences are told before the question, which says where it would happen', async () => {
  const {said, asked} = await asking('severe', {canAsk: true, answer: 'hippo'})
  expect(said).toEqual(['! 3 pods stop'])
  expect(asked).toEqual(['Delete cluster hippo (context prod, namespace db). Type hippo to go on:'])
})
