/**
 * Finds kube-apiserver, or builds it into the project's cache folder: `npx tsx scripts/kube-apiserver.ts` prints its path.
 * It is built out of the Go module k8s.io/kubernetes, which takes some ten minutes on two cores, so Go is needed; nothing but
 * .cache and Go's own caches changes.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of Kubernetes. Its libraries are modules of their own, numbered v0 instead of v1. */
const version = '1.34.1'
const libraries = `v${version.replace(/^1/, '0')}`

/** The oldest Go that can build it; a newer one is as good. */
const oldestGo = '1.24.0'

const folder = fileURLToPath(new URL('../.cache/kubernetes', import.meta.url))

/** Where it is, or is to be. */
export const kubeApiserver = join(folder, 'kube-apiserver')

const main = `package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }
`

/** Modules that k8s.io/kubernetes takes from folders beside it, which nobody has who depends on it. */
const staged = [
  'api',
  'apiextensions-apiserver',
  'apimachinery',
  'apiserver',
  'cli-runtime',
  'client-go',
  'cloud-provider',
  'cluster-bootstrap',
  'code-generator',
  'component-base',
  'component-helpers',
  'controller-manager',
  'cri-api',
  'cri-client',
  'csi-translation-lib',
  'dynamic-resource-allocation',
  'endpointslice',
  'externaljwt',
  'kms',
  'kube-aggregator',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
  'metrics',
  'mount-utils',
  'pod-security-admission',
  'sample-apiserver',
  'sample-cli-plugin',
  'sample-controller',
]

const goMod = `module apiserver

go ${oldestGo}

require (
	k8s.io/component-base ${libraries}
	k8s.io/kubernetes v${version}
)

replace (
${staged.map((name) => `\tk8s.io/${name} => k8s.io/${name} ${libraries}`).join('\n')}
)
`

/** kubectl refuses a server that doesn't say its version. */
function stamp(): string {
  const [major, minor] = version.split('.')
  const said = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean', buildDate: '2025-01-01T00:00:00Z' }
  return Object.entries(said)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ')
}

/** @returns why it can't be built */
function build(): string | undefined {
  const go = spawnSync('go', ['version'], { encoding: 'utf8' })
  if (go.error || go.status !== 0) return 'there is no Go'
  const source = join(folder, 'source')
  mkdirSync(source, { recursive: true })
  writeFileSync(join(source, 'main.go'), main)
  writeFileSync(join(source, 'go.mod'), goMod)
  console.error(`building kube-apiserver ${version} into ${folder}, for some ten minutes (${go.stdout.trim()})`)
  const fresh = `${kubeApiserver}.${process.pid}`
  const args = ['build', '-mod=mod', '-buildvcs=false', '-ldflags', `-s -w ${stamp()}`, '-o', fresh, '.']
  const built = spawnSync('nice', ['go', ...args], { cwd: source, stdio: ['ignore', 'inherit', 'inherit'] })
  if (built.error) return built.error.message
  if (built.status !== 0) return 'go build failed'
  // Moved in whole: a build that is killed leaves nothing half done.
  renameSync(fresh, kubeApiserver)
  return undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = existsSync(kubeApiserver) ? undefined : build()
  if (problem === undefined) console.log(kubeApiserver)
  else {
    console.error(`no kube-apiserver: ${problem}`)
    process.exitCode = 1
  }
}
