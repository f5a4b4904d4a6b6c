/*
 * Rules of names and labels in Kubernetes' words, each as the sentences on what is wrong: none when nothing is.
 */

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain1123 = `${label1123}(\\.${label1123})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const labelKey = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = `(${labelKey})?`

const fits = (text: string, pattern: string) => new RegExp(`^${pattern}$`).test(text)

/** The sentence with its examples and the pattern that was not met. */
function explained(sentence: string, pattern: string, ...examples: readonly string[]): string {
  return `${sentence} (e.g. ${examples.map((e) => `'${e}', `).join(' or ')}regex used for validation is '${pattern}')`
}

const mixedCase = "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** A lowercase RFC 1123 subdomain: dot-separated labels. */
export function subdomainFaults(text: string, unit: 'characters' | 'bytes' = 'characters'): string[] {
  const sentence =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
    'alphanumeric character'
  return [
    ...(text.length > 253 ? [`must be no more than 253 ${unit}`] : []),
    ...(fits(text, subdomain1123) ? [] : [explained(sentence, subdomain1123, 'example.com')]),
  ]
}

/** Whether a text is a lowercase RFC 1123 label. */
export function isLabel1123(text: string): boolean {
  return text.length <= 63 && fits(text, label1123)
}

/** A DNS-1035 label, as names of Kubernetes services are. */
export function label1035Faults(text: string): string[] {
  const sentence =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an " +
    'alphanumeric character'
  return [
    ...(text.length > 63 ? ['must be no more than 63 characters'] : []),
    ...(fits(text, label1035) ? [] : [explained(sentence, label1035, 'my-name', 'abc-123')]),
  ]
}

/** The name of a label: `[prefix/]name`. */
export function labelKeyFaults(key: string): string[] {
  const examples = ['MyName', 'my.name', '123-abc']
  const parts = key.split('/')
  if (parts.length > 2) {
    const rest = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    return [`a valid label key ${explained(`must ${mixedCase}`, labelKey, ...examples)} ${rest}`]
  }
  const [prefix, name = ''] = parts.length === 2 ? parts : [undefined, ...parts]
  const faults: string[] = []
  if (prefix === '') faults.push('prefix part must be non-empty')
  else if (prefix !== undefined) faults.push(...subdomainFaults(prefix, 'bytes').map((fault) => `prefix part ${fault}`))
  if (name === '') faults.push('name part must be non-empty')
  else if (name.length > 63) faults.push('name part must be no more than 63 bytes')
  if (!fits(name, labelKey)) faults.push(`name part ${explained(`must ${mixedCase}`, labelKey, ...examples)}`)
  return faults
}

/** The value of a label; it may be empty. */
export function labelValueFaults(value: string): string[] {
  const sentence = `a valid label must be an empty string or ${mixedCase}`
  return [
    ...(value.length > 63 ? ['must be no more than 63 bytes'] : []),
    ...(fits(value, labelValue) ? [] : [explained(sentence, labelValue, 'MyValue', 'my_value', '12345')]),
  ]
}
