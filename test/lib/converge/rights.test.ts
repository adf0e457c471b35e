import {describe, expect, it} from 'vitest'
import {parse} from 'yaml'
import {checkRights} from '../../../src/lib/converge/rights.ts'
import {PgkError} from '../../../src/lib/errors.ts'
import type {AccessQuestion} from '../../../src/lib/ports.ts'
import {fakeKube} from '../../fakes/kube.ts'

async function refusal(canI: (question: AccessQuestion) => boolean): Promise<PgkError> {
  const error: unknown = await checkRights(fakeKube({canI}), 'db').catch((reason: unknown) => reason)
  if (error instanceof PgkError) return error
  throw new Error(`expected a PgkError, got ${String(error)}`)
}

describe('rights', () => {
  it('are asked for once a kind where everything is allowed', async () => {
    const asked: AccessQuestion[] = []
    await checkRights(fakeKube({canI: question => asked.push(question) > 0}), 'db')
    expect(asked.every(({verb, namespace}) => verb === '*' && namespace === 'db')).toBe(true)
  })

  it('suffice verb by verb', async () => {
    await expect(checkRights(fakeKube({canI: ({verb}) => verb !== '*'}), 'db')).resolves.toBeUndefined()
  })

  it('that lack are named with the verbs and the Role that would help', async () => {
    const error = await refusal(({verb, resource}) =>
      resource === 'poddisruptionbudgets' ? ['get', 'list'].includes(verb) : true,
    )
    expect(error).toMatchObject({
      message: 'you may not watch, create, patch, delete poddisruptionbudgets.policy',
      object: 'namespace db',
      exitCode: 4,
    })
    expect(parse(error.hints[1] ?? '')).toEqual({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: {name: 'pgk', namespace: 'db'},
      rules: [
        {
          apiGroups: ['policy'],
          resources: ['poddisruptionbudgets'],
          verbs: ['watch', 'create', 'patch', 'delete'],
        },
      ],
    })
  })

  it('that lack altogether are all in one Role', async () => {
    const error = await refusal(() => false)
    expect(error.message).toMatch(/^you may not .* configmaps, and lack rights on \d+ more kinds of object$/)
    expect(error.hints[1]).toMatch(/"statefulsets"/)
    expect(error.hints[1]).toMatch(/"leases"/)
  })
})
