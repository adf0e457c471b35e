/**
 * Replaces `$(NAME)` by the variable's value. What is not defined stays as it is; `$$` is a plain dollar,
 * so that `$$(NAME)` gives the text `$(NAME)`.
 */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  let result = ''
  let at = 0
  while (at < text.length) {
    const dollar = text.indexOf('$', at)
    if (dollar < 0 || dollar === text.length - 1) return result + text.slice(at)
    result += text.slice(at, dollar)
    const next = text[dollar + 1]
    const end = next === '(' ? text.indexOf(')', dollar + 2) : -1
    if (next === '$') {
      result += '$'
      at = dollar + 2
    } else if (end < 0) {
      result += `$${next ?? ''}`
      at = dollar + 2
    } else {
      const name = text.slice(dollar + 2, end)
      result += lookUp(name) ?? `$(${name})`
      at = end + 1
    }
  }
  return result
}
