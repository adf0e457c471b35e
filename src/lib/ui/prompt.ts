/** Questions to a person, on stderr, so that a redirected result stays clean. */
export interface Prompts {
  yesNo(question: string): Promise<boolean>
  text(question: string, options?: TextOptions): Promise<string>
  choose(question: string, choices: readonly Choice[]): Promise<string>
}

export interface TextOptions {
  initial?: string
  /** True, or what is wrong with the answer. */
  check?: (value: string) => true | string
}

export interface Choice {
  value: string
  name: string
}

/** Loads inquirer only when something is asked: its import costs more than most commands. */
async function module() {
  const {createPromptModule} = await import('inquirer')
  return createPromptModule({output: process.stderr})
}

export const terminalPrompts: Prompts = {
  async yesNo(message) {
    const ask = await module()
    const {answer} = await ask([{type: 'confirm', name: 'answer', message, default: false}])
    return answer
  },
  async text(message, {initial, check} = {}) {
    const ask = await module()
    const {answer} = await ask([
      {
        type: 'input',
        name: 'answer',
        message,
        ...(initial === undefined ? {} : {default: initial}),
        ...(check === undefined ? {} : {validate: check}),
      },
    ])
    return answer
  },
  async choose(message, choices) {
    const ask = await module()
    const {answer} = await ask([{type: 'select', name: 'answer', message, choices: [...choices]}])
    return String(answer)
  },
}
