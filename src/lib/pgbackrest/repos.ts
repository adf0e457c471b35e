import type {CompleteCluster, Repo} from '../model/document.ts'

export const reposOf = (document: CompleteCluster): readonly Repo[] =>
  document.spec.backups?.pgbackrest?.repos ?? []

/** The repositories on volumes. Only these need a repository host. */
export const volumeRepos = (document: CompleteCluster): readonly Repo[] =>
  reposOf(document).filter(repo => repo.volume !== undefined)

export const hasRepoHost = (document: CompleteCluster): boolean => volumeRepos(document).length > 0
