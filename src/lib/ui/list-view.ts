import type {ClusterList} from '../observe/overview.ts'
import type {ClusterStatus} from '../observe/report.ts'
import type {Views} from './output.ts'
import {type Column, tableText} from './table.ts'
import type {Colour} from './terminal.ts'
import {levelWord} from './words.ts'

const readyOf = ({instances}: ClusterStatus): string =>
  `${instances.filter(({state}) => state === 'running' || state === 'streaming').length}/${instances.length}`

const narrow: readonly Column<ClusterStatus>[] = [
  {title: 'NAME', value: ({metadata}) => metadata.name},
  {title: 'VERDICT', value: ({verdict}, colour) => levelWord(verdict.level, colour)},
  {title: 'POSTGRES', value: ({postgresVersion}) => postgresVersion, spare: 3},
  {title: 'READY', value: readyOf},
  {title: 'LEADER', value: ({leader}) => leader, spare: 2},
  {title: 'TL', value: ({timeline}) => timeline, align: 'right', spare: 4},
  {title: 'OPERATION', value: ({operation}) => operation && `${operation.kind} ${operation.phase}`, spare: 1},
]

const wide: readonly Column<ClusterStatus>[] = [
  ...narrow,
  {title: 'ENDPOINT', value: ({endpoints}) => endpoints.primary, spare: 6},
  {title: 'WORST FINDING', value: ({verdict}) => verdict.reasons[0]?.message, spare: 5},
]

const namespace: Column<ClusterStatus> = {title: 'NAMESPACE', value: ({metadata}) => metadata.namespace}

export const listViews = ({items}: ClusterList, allNamespaces: boolean): Views => {
  const table = (columns: readonly Column<ClusterStatus>[]) => (colour: Colour, width?: number) =>
    items.length === 0
      ? ''
      : tableText(allNamespaces ? [namespace, ...columns] : columns, items, colour, width)
  return {
    table: table(narrow),
    wide: table(wide),
    name: () => items.map(({metadata}) => `postgrescluster/${metadata.name}`),
  }
}
