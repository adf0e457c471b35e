/** Realistic manifests, as their authors would keep them. */

/** The smallest that anyone writes. */
export const SMALL = `
apiVersion: postgres-operator.crunchydata.com/v1beta1
kind: PostgresCluster
metadata:
  name: hippo
spec:
  postgresVersion: 17
  instances:
    - dataVolumeClaimSpec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 1Gi}}
`

/** Two instance sets, own parameters, affinity, two schedules, an object store. */
export const LARGE = `
apiVersion: postgres-operator.crunchydata.com/v1beta1
kind: PostgresCluster
metadata:
  name: orders
  namespace: shop
  labels: {team: payments}
  annotations: {argocd.argoproj.io/sync-wave: "2"}
spec:
  postgresVersion: 16
  image: registry.example.com/postgres:16.11
  imagePullPolicy: IfNotPresent
  imagePullSecrets: [{name: registry}]
  port: 5433
  metadata:
    labels: {cost-centre: "4711"}
  instances:
    - name: fast
      replicas: 2
      minAvailable: 1
      dataVolumeClaimSpec:
        storageClassName: nvme
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: 200Gi
      walVolumeClaimSpec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 20Gi}}
      resources:
        requests: {cpu: 500m, memory: 2Gi}
        limits: {cpu: "4", memory: 8Gi, hugepages-2Mi: 16Mi}
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 1
              podAffinityTerm:
                topologyKey: kubernetes.io/hostname
                labelSelector:
                  matchLabels:
                    postgres-operator.crunchydata.com/cluster: orders
                    postgres-operator.crunchydata.com/instance-set: fast
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: disk, operator: In, values: [nvme]}
      tolerations:
        - {key: database, operator: Exists, effect: NoSchedule}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchLabels: {postgres-operator.crunchydata.com/cluster: orders}
      priorityClassName: database
      metadata: {annotations: {example.com/owner: dba}}
    - name: slow
      replicas: 1
      minAvailable: 50%
      dataVolumeClaimSpec:
        accessModes: [ReadWriteOnce]
        resources: {requests: {storage: 200Gi}}
  backups:
    pgbackrest:
      configuration:
        - secret: {name: orders-s3}
      global:
        repo1-retention-full: "14"
        repo1-retention-full-type: time
        repo2-path: /pgbackrest/orders/repo2
        repo2-s3-uri-style: path
      repos:
        - name: repo1
          schedules:
            full: "0 1 * * 0"
            incremental: "0 1 * * 1-6"
          volume:
            volumeClaimSpec:
              accessModes: [ReadWriteOnce]
              resources: {requests: {storage: 400Gi}}
        - name: repo2
          schedules: {full: "30 3 * * 0", differential: "@daily"}
          s3: {bucket: orders-backups, endpoint: s3.eu-central-1.amazonaws.com, region: eu-central-1}
      manual:
        repoName: repo1
        options: [--type=full]
      restore: {enabled: false, repoName: repo1}
      repoHost:
        resources: {requests: {cpu: 100m}}
        tolerations: [{operator: Exists}]
      jobs: {ttlSecondsAfterFinished: 3600}
  patroni:
    leaderLeaseDurationSeconds: 20
    syncPeriodSeconds: 5
    dynamicConfiguration:
      synchronous_mode: true
      postgresql:
        parameters: {max_connections: 200, shared_buffers: 1GB, work_mem: null}
        pg_hba: ["hostssl all all 10.0.0.0/8 scram-sha-256"]
  config:
    parameters: {log_min_duration_statement: 250, track_io_timing: "on"}
  authentication:
    rules:
      - {connection: hostssl, method: scram-sha-256, users: [orders]}
      - {hba: "hostssl all all all md5"}
      - {connection: hostssl, method: ldap, options: {ldapserver: ldap.example.com, ldapprefix: "uid=", ldapport: 636}}
  users:
    - name: orders
      databases: [orders, archive]
      options: CREATEROLE CONNECTION LIMIT 20
      password: {type: AlphaNumeric}
    - name: postgres
  databaseInitSQL: {name: orders-init, key: init.sql}
  service: {type: LoadBalancer, nodePort: 32000, externalTrafficPolicy: Local, metadata: {annotations: {a: b}}}
  replicaService: {type: ClusterIP}
  shutdown: false
`
