import { CliFailure } from './failure.js'

/** Replaces `{{ name }}` by the variable's value. A variable that is not given is a failure, not an empty text. */
export function renderVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_, name: string) => {
    const value = variables[name]
    if (value === undefined) throw new CliFailure(`variable "${name}" is used but not given: add -v ${name}=VALUE`)
    return value
  })
}

/** Adds a `NAME=VALUE` of the command line to the variables. */
export function collectVariable(text: string, known: Record<string, string>): Record<string, string> {
  const [name, ...value] = text.split('=')
  if (!name || value.length === 0) throw new CliFailure(`-v ${text}: expected NAME=VALUE`)
  return { ...known, [name]: value.join('=') }
}
