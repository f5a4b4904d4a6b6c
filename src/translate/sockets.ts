/** Paths of Unix sockets between Envoy and kuma-dp, cut so that they fit into a socket address (104 bytes). */
export const socketPath = {
  accessLog: (workDir: string, proxy: string, mesh: string) => socket(workDir, `kuma-al-${proxy}-${mesh}`),
  metrics: (workDir: string, proxy: string, mesh: string) => socket(workDir, `kuma-mh-${proxy}-${mesh}`),
  admin: (workDir: string) => socket(workDir, 'kuma-envoy-admin'),
  dynamicConfig: (workDir: string) => socket(workDir, 'kuma-mesh-metric-config'),
  openTelemetry: (workDir: string, backend: string) => socket(workDir, `kuma-otel-${backend}`),
} as const

const longest = 98

function socket(workDir: string, name: string): string {
  const directory = workDir.replace(/\/+$/, '')
  const path = workDir === '' ? name : `${directory}/${name}`
  return `${path.slice(0, longest)}.sock`
}
