/** A flag of `kumactl install control-plane` that says a value of the installation: Kuma's name for it, and the value's path. */
export interface ValueFlag {
  readonly flag: string
  readonly path: string
  readonly description: string
  /** `map`: KEY=VALUE, again and again. Default: a text. */
  readonly sort?: 'number' | 'map' | 'on'
}

const image = (flag: string, path: string, of: string): ValueFlag[] => [
  { flag: `--${flag}-registry <registry>`, path: `${path}.registry`, description: `registry of the image of ${of}` },
  { flag: `--${flag}-repository <repository>`, path: `${path}.repository`, description: `repository of the image of ${of}` },
  { flag: `--${flag}-version <tag>`, path: `${path}.tag`, description: `tag of the image of ${of}` },
]

const cp = 'controlPlane'

export const valueFlags: readonly ValueFlag[] = [
  { flag: '--mode <mode>', path: `${cp}.mode`, description: 'mode of the control plane: zone' },
  { flag: '--zone <name>', path: `${cp}.zone`, description: 'name of the zone' },
  { flag: '--replicas <count>', path: `${cp}.replicas`, description: 'how many control planes run', sort: 'number' },
  { flag: '--registry <registry>', path: 'global.image.registry', description: 'registry of all images' },
  { flag: '--version <tag>', path: 'global.image.tag', description: 'tag of all images' },
  {
    flag: '--image-pull-policy <policy>',
    path: `${cp}.image.pullPolicy`,
    description: 'when images are pulled: IfNotPresent, Always or Never',
  },
  ...image('control-plane', `${cp}.image`, 'the control plane'),
  ...image('dataplane', 'dataPlane.image', 'sidecars'),
  ...image('dataplane-init', 'dataPlane.initImage', 'the init containers of sidecars'),
  {
    flag: '--resources <KEY=QUANTITY...>',
    path: `${cp}.resources`,
    description: 'resources of a control plane, such as requests.cpu=1 or limits.memory=1Gi',
    sort: 'map',
  },
  { flag: '--control-plane-service-name <name>', path: `${cp}.service.name`, description: 'name of the Service' },
  { flag: '--control-plane-node-selector <KEY=VALUE...>', path: `${cp}.nodeSelector`, description: 'nodes of control planes', sort: 'map' },
  { flag: '--env-var <NAME=VALUE...>', path: `${cp}.envVars`, description: 'further settings of kuma-cp', sort: 'map' },
  {
    flag: '--injector-failure-policy <policy>',
    path: `${cp}.injectorFailurePolicy`,
    description: 'Fail or Ignore: what becomes of pods while no control plane answers',
  },
  { flag: '--skip-mesh-creation', path: `${cp}.defaults.skipMeshCreation`, description: 'leave the mesh "default" out', sort: 'on' },
  {
    flag: '--tls-general-secret <name>',
    path: `${cp}.tls.general.secretName`,
    description: 'Secret with tls.crt, tls.key and ca.crt for all servers',
  },
  {
    flag: '--tls-general-ca-bundle <base64>',
    path: `${cp}.tls.general.caBundle`,
    description: 'the CA of --tls-general-secret, PEM in Base64',
  },
  {
    flag: '--tls-api-server-secret <name>',
    path: `${cp}.tls.apiServer.secretName`,
    description: 'Secret with tls.crt and tls.key for the API over HTTPS',
  },
  {
    flag: '--tls-api-server-client-certs-secret <name>',
    path: `${cp}.tls.apiServer.clientCertsSecretName`,
    description: "Secret with the administrators' client certificates",
  },
]
