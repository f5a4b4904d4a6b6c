import { type Resource, keyOf } from '../../core/resource.js'
import { type OfflineFile, type OfflineOptions, applyOffline } from '../offline.js'
import { type Session, type Terminal, withClient } from './context.js'
import { CliFailure } from './failure.js'
import { describeIssue } from './issues.js'
import { filesOf, storedResources } from './mesh-source.js'

export interface States {
  readonly before: readonly Resource[]
  readonly after: readonly Resource[]
}

/**
 * Two files or folders: the states themselves. One: what the control plane has, and what it has once the file is applied.
 * @throws CliFailure when some of the resources would be refused; what is wrong is said before
 */
export async function statesToCompare(sources: readonly string[], session: Session, terminal: Terminal): Promise<States> {
  const [first = '', second] = sources
  if (sources.length > 2) throw new CliFailure('-f is given twice, for the resources before and after, or once')
  if (second !== undefined) return betweenFiles(await filesOf([first], terminal), await filesOf([second], terminal), terminal)
  const files = await filesOf([first], terminal)
  const before = await withClient(session, (client) => storedResources(client, session.mesh, terminal))
  return { before, after: valid(files, terminal, { onto: { resources: before, times: timesFrom(terminal.now()) } }) }
}

/** What is new afterwards is younger than what was there before, as it will be when somebody applies it: age decides between policies. */
function betweenFiles(first: readonly OfflineFile[], second: readonly OfflineFile[], terminal: Terminal): States {
  const before = valid(first, terminal)
  const kept = new Set(valid(second, terminal).map(keyOf))
  const after = applyOffline([...first, ...second]).resources.filter((resource) => kept.has(keyOf(resource)))
  return { before, after }
}

function valid(files: readonly OfflineFile[], terminal: Terminal, options: OfflineOptions = {}): readonly Resource[] {
  const { resources, refusals, issues } = applyOffline(files, options)
  for (const issue of issues) terminal.err(`${describeIssue(issue)}\n`)
  if (refusals.length > 0) throw new CliFailure(`${refusals.length} resource(s) would be refused`)
  return resources
}

function timesFrom(now: Date): () => string {
  let count = 0
  return () => new Date(now.getTime() + 1000 * count++).toISOString().replace(/\.\d+Z$/, 'Z')
}
