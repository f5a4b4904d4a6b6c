import { chainPrefix, commentPrefix } from './rule.js'

/** What takes our rules away again. `text` is for `iptables-restore --noflush`; it is empty where there are none. */
export type Removal = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

/**
 * Takes away what {@link redirectionRules} made, and nothing else: rules of others keep their place and their counters.
 * @param saved what `iptables-save` prints
 */
export function removalOf(saved: string): Removal {
  const tables = saved.split(/^(?=\*)/m).map((table) => ({ name: /^\*(\S+)/.exec(table)?.[1], lines: table.split('\n') }))
  const ours = tables.flatMap(({ name, lines }) => {
    const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []).filter((chain) => chain.startsWith(chainPrefix))
    const rules = lines.filter((line) => line.startsWith('-A ') && isOurs(line))
    return name !== undefined && (chains.length > 0 || rules.length > 0) ? [{ name, chains, rules }] : []
  })
  if (ours.length > 0 && !saved.includes(commentPrefix)) {
    return {
      ok: false,
      message: `there are chains ${chainPrefix}* whose rules have no comments: without them it can't be told which rules belong to them. Remove them by hand`,
    }
  }
  return { ok: true, text: ours.map(removed).join('') }
}

/** Chains are emptied by name, so of rules only those in chains of the system count. */
const isOurs = (line: string) =>
  !line.startsWith(`-A ${chainPrefix}`) && (line.includes(commentPrefix) || new RegExp(` -[jg] ${chainPrefix}`).test(line))

function removed({
  name,
  chains,
  rules,
}: {
  readonly name: string
  readonly chains: readonly string[]
  readonly rules: readonly string[]
}) {
  const steps = [
    ...rules.map((line) => line.replace(/^-A /, '-D ')),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
  ]
  return `*${name}\n${steps.join('\n')}\nCOMMIT\n`
}
