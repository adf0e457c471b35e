import type {Kind, KindTable} from '../kind.ts'
import {type BuiltinOptions, builtinKinds} from './builtin.ts'
import {createExpressions} from './custom/cel.ts'
import {definitionKind} from './custom/crd-kind.ts'
import {customKind} from './custom/custom-kind.ts'
import type {CustomDefinition} from './custom/definition.ts'
import {defineKind} from './define.ts'
import {createSchemaLibrary} from './schemas.ts'

/** The kinds served now, and the way in for custom ones. */
export interface ServedKinds extends KindTable {
  /** Serves the versions of a definition, or serves them anew. */
  accept(definition: CustomDefinition): void
  /** Stops serving what a definition of this name brought. */
  remove(name: string): void
}

const keyOf = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`

/** The built-in kinds, CustomResourceDefinitions, and what they define. */
export function createKindTable(options: BuiltinOptions): ServedKinds {
  const library = options.library ?? createSchemaLibrary()
  const expressions = createExpressions()
  const builtin = [...builtinKinds({...options, library}), defineKind(definitionKind(expressions), library)]
  const custom = new Map<string, Kind[]>()
  let all: readonly Kind[] = builtin
  let byKey = new Map<string, Kind>()
  const rebuild = () => {
    all = [...builtin, ...[...custom.values()].flat()]
    byKey = new Map(all.map(kind => [keyOf(kind.group, kind.version, kind.plural), kind]))
  }
  rebuild()
  return {
    all: () => all,
    find: (group, version, plural) => byKey.get(keyOf(group, version, plural)),
    accept(definition) {
      const served = definition.versions.filter(version => version.served)
      custom.set(
        definition.name,
        served.map(version => customKind(definition, version, {library, expressions})),
      )
      rebuild()
    },
    remove(name) {
      if (custom.delete(name)) rebuild()
    },
  }
}
