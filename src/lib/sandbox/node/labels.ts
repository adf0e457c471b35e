// Labels and annotations that a kubelet puts on sandboxes and containers, by which it finds them again.
export const podNameLabel = 'io.kubernetes.pod.name'
export const podNamespaceLabel = 'io.kubernetes.pod.namespace'
export const podUidLabel = 'io.kubernetes.pod.uid'
export const containerNameLabel = 'io.kubernetes.container.name'
export const restartCountAnnotation = 'io.kubernetes.container.restartCount'
export const imageAnnotation = 'io.kubernetes.container.image'
export const messagePathAnnotation = 'io.kubernetes.container.terminationMessagePath'
export const graceAnnotation = 'io.kubernetes.pod.terminationGracePeriod'
