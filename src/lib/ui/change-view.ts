import type {Change, ObjectChange} from '../converge/changes.ts'
import type {Views} from './output.ts'
import type {Colour} from './terminal.ts'

const sign = {create: '+', update: '~', delete: '-', unchanged: ' '} as const

function titled({kind, name, action}: ObjectChange, colour: Colour): string {
  const text = `${sign[action]} ${action} ${kind}/${name}`
  if (action === 'create') return colour.green(text)
  if (action === 'delete') return colour.red(text)
  return action === 'update' ? colour.yellow(text) : colour.dim(text)
}

/** The lines of a unified diff, coloured as diff tools do. */
export const colouredDiff = (diff: string, colour: Colour): string =>
  diff
    .split('\n')
    .map(line => {
      if (line.startsWith('+')) return colour.green(line)
      if (line.startsWith('-')) return colour.red(line)
      return line.startsWith('@@') ? colour.cyan(line) : line
    })
    .join('\n')

export const differing = ({objects}: Pick<Change, 'objects'>): ObjectChange[] =>
  objects.filter(({action}) => action !== 'unchanged')

export function changeViews(change: Change): Views {
  const changed = differing(change)
  const summary = (colour: Colour): string => {
    const lines = change.consequences.map(line => `• ${line}`)
    if (changed.length === 0) return [...lines, 'Nothing would change.', ''].join('\n')
    return [...lines, ...changed.map(object => titled(object, colour)), ''].join('\n')
  }
  return {
    table: colour => {
      const diffs = changed.filter(({action, diff}) => action === 'update' && diff !== '')
      return `${summary(colour)}${diffs.map(({diff}) => colouredDiff(diff, colour)).join('')}`
    },
    wide: colour => `${summary(colour)}${changed.map(({diff}) => colouredDiff(diff, colour)).join('')}`,
    name: () => changed.map(({kind, name}) => `${kind.toLowerCase()}/${name}`),
  }
}
