import {namespaces, serviceAccounts} from '../../resources.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, namespaceOf} from '../identity.ts'

/** Keeps a ServiceAccount `default` in every namespace. */
export function startServiceAccounts(context: ControllerContext): Stop {
  const {registry} = context
  return runController(context, {
    name: 'serviceaccount',
    sources: [
      subject(registry, namespaces),
      source(registry, serviceAccounts, (account, change) =>
        change?.type === 'DELETED' ? [namespaceOf(account)] : [],
      ),
    ],
    sync: namespace => {
      const found = registry.get(namespaces, undefined, namespace)
      if (!found || isDeleting(found) || registry.get(serviceAccounts, namespace, 'default')) return
      registry.create(serviceAccounts, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: {name: 'default', namespace},
      })
    },
  })
}
