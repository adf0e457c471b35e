import type {ClusterView} from './cluster-view.ts'
import type {InstanceView, SetView} from './instance-view.ts'
import type {BackupView, PgbackrestViews, RepoView, ScheduleView} from './pgbackrest-view.ts'
import type {RestoreView} from './restore-view.ts'

/**
 * Everything a template may read, by the first part of a variable's name. It is public: `templates/README.md`
 * lists it. Null means that the field it stands in is left out. No secret is ever part of it.
 */
export interface View extends ClusterView, PgbackrestViews {
  /** Only where a template makes one object for each instance. */
  instance?: InstanceView
  /** Only where a template makes one object for each instance set. */
  set?: SetView
  /** Only for the volume of a repository. */
  repo?: RepoView
  /** Only for a backup Job. */
  backup?: BackupView
  /** Only for a CronJob. */
  schedule?: ScheduleView
  /** Only for a restore Job. */
  restore?: RestoreView
}
