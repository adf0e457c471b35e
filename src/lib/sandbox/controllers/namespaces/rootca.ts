import {configMaps, namespaces} from '../../resources.ts'
import type {ControllerContext, Stop} from '../controller.ts'
import {runController, source, subject} from '../controller.ts'
import {isDeleting, nameOf, namespaceOf} from '../identity.ts'

const mapName = 'kube-root-ca.crt'
/** As every Kubernetes annotates this ConfigMap. */
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as ' +
  'the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of ' +
  'Kubernetes clusters.'
const annotations = {'kubernetes.io/description': description}

/** Keeps the API server's CA certificate (PEM) in a ConfigMap of every namespace, where pods mount it. */
export function startRootCertificate(context: ControllerContext, pem: string): Stop {
  const {registry} = context
  return runController(context, {
    name: 'root-ca-certificate-publisher',
    sources: [
      subject(registry, namespaces),
      source(registry, configMaps, map => (nameOf(map) === mapName ? [namespaceOf(map)] : [])),
    ],
    sync: namespace => {
      const found = registry.get(namespaces, undefined, namespace)
      if (!found || isDeleting(found)) return
      const data = {'ca.crt': pem}
      const kept = registry.modify(configMaps, namespace, mapName, draft => {
        draft.data = data
      })
      if (kept) return
      const metadata = {name: mapName, namespace, annotations}
      registry.create(configMaps, {apiVersion: 'v1', kind: 'ConfigMap', metadata, data})
    },
  })
}
