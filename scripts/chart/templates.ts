import { yamlText } from '../../src/core/print.js'
import { definitions } from '../../src/kubernetes/crd/definition.js'
import { controlPlaneManifests, type Installed } from '../../src/kubernetes/install/control-plane.js'
import { type Placement, apiServerTlsSettings, clientCertsSettings, settingsOf } from '../../src/kubernetes/install/placement.js'
import { registry } from '../../src/translate/kinds.js'
import { Markers, onlyIf } from './markers.js'

const cp = '.Values.controlPlane'
const apiServerSecret = `${cp}.tls.apiServer.secretName`
const clientCerts = `${cp}.tls.apiServer.clientCertsSecretName`
/** A variable whose place the loop over all of them takes. */
const everyVariable = 'every-variable'

const note = '{{/* Made by "npm run chart" of the manifests that kumactl installs. */}}\n'

/** The chart's templates, by the names of their files. */
export function chartTemplates(): Readonly<Record<string, string>> {
  const markers = new Markers()
  const kinds = definitions(registry.kinds)
  const manifests = controlPlaneManifests(placementOf(markers), kinds)
  const text = (...wanted: readonly string[]) =>
    manifests
      .filter(({ kind }) => wanted.includes(kind))
      .map((manifest) => conditions(markers.fill(yamlText(manifest)), manifest))
      .join('---\n')
  return {
    'service-account.yaml': note + text('ServiceAccount'),
    'config-map.yaml': note + text('ConfigMap'),
    'rbac.yaml': note + text('ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'),
    'service.yaml': note + text('Service'),
    'deployment.yaml': note + text('Deployment'),
    'pod-disruption-budget.yaml': note + text('PodDisruptionBudget'),
    // In one file: the certificate is made once, for the Secret and for those who trust it.
    'admission.yaml': `${note}{{- $tls := include "kuma.tls" . | fromYaml -}}\n${text('Secret', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration')}`,
    '_settings.tpl': settingsTemplate(markers),
  }
}

function placementOf(markers: Markers): Placement {
  const { text, plain, block, yaml } = markers
  return {
    namespace: text('.Release.Namespace'),
    serviceName: text('include "kuma.serviceName" .'),
    serviceType: text(`${cp}.service.type`),
    serviceAnnotations: block(`${cp}.service.annotations`),
    serviceAccountAnnotations: block(`${cp}.serviceAccountAnnotations`),
    imagePullSecrets: block('.Values.global.imagePullSecrets'),
    replicas: plain(`${cp}.replicas`),
    image: text(`include "kuma.image" (dict "image" ${cp}.image "root" .)`),
    imagePullPolicy: text(`${cp}.image.pullPolicy`),
    resources: block(`${cp}.resources`),
    nodeSelector: block(`${cp}.nodeSelector`),
    tolerations: block(`${cp}.tolerations`),
    priorityClassName: text(`${cp}.priorityClassName`),
    podAnnotations: yaml('include "kuma.podAnnotations" .'),
    terminationGracePeriodSeconds: plain(`${cp}.terminationGracePeriodSeconds`),
    logLevel: text(`${cp}.logLevel`),
    settings: {},
    furtherSettings: { [everyVariable]: '' },
    config: text(`${cp}.config`),
    injectorFailurePolicy: text(`${cp}.injectorFailurePolicy`),
    tls: {
      secretName: text('include "kuma.tlsSecretName" .'),
      caBundle: text('$tls.ca'),
      data: { 'tls.crt': text('$tls.certificate'), 'tls.key': text('$tls.key'), 'ca.crt': text('$tls.ca') },
      apiServerSecretName: text(apiServerSecret),
      clientCertsSecretName: text(clientCerts),
    },
    maxUnavailable: plain(`${cp}.podDisruptionBudget.maxUnavailable`),
  }
}

/** What is there only for some values. */
function conditions(yaml: string, { kind }: Installed): string {
  if (kind === 'Secret') return `{{- if not ${cp}.tls.general.secretName }}\n${yaml}{{- end }}\n`
  if (kind === 'PodDisruptionBudget') return `{{- if ${cp}.podDisruptionBudget.enabled }}\n${yaml}{{- end }}\n`
  if (kind !== 'Deployment') return yaml
  const variables = /^( *)- name: every-variable\n *value: ""\n/m
  return onlyIf(onlyIf(yaml, 'api-server-tls-cert', apiServerSecret), 'api-server-client-certs', clientCerts).replace(
    variables,
    (_, space: string) =>
      [
        `${space}{{- range $name, $value := merge (dict) ${cp}.envVars (include "kuma.settings" . | fromYaml) }}`,
        `${space}- name: {{ $name }}`,
        `${space}  value: {{ $value | quote }}`,
        `${space}{{- end }}\n`,
      ].join('\n'),
  )
}

/** The settings of kuma-cp as a map, so that values can replace each of them. */
function settingsTemplate(markers: Markers): string {
  const { text } = markers
  const settings = settingsOf({
    namespace: text('.Release.Namespace'),
    serviceName: text('include "kuma.serviceName" .'),
    mode: text(`${cp}.mode`),
    zone: text(`${cp}.zone | default "default"`),
    skipMeshCreation: text(`${cp}.defaults.skipMeshCreation`),
    sidecarImage: text('include "kuma.image" (dict "image" .Values.dataPlane.image "root" .)'),
    initImage: text('include "kuma.image" (dict "image" .Values.dataPlane.initImage "root" .)'),
  })
  const extra = (condition: string, more: object) => `{{- if ${condition} }}\n${yamlText(more)}{{- end }}\n`
  return [
    note,
    '{{- define "kuma.settings" -}}\n',
    markers.fill(yamlText(settings)),
    extra(apiServerSecret, apiServerTlsSettings),
    extra(clientCerts, clientCertsSettings),
    '{{- end -}}\n',
  ].join('')
}
