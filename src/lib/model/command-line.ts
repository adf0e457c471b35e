/** A word as a shell takes it. Newlines of scripts stay, so that a line can be pasted. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** The words by which every command finds a cluster, wherever the reader's own namespace is. */
export const clusterWords = ({name, namespace}: {name: string; namespace: string}): string =>
  `${name} -n ${namespace}`
