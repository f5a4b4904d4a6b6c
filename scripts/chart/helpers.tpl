{{/* The Service of the control plane. */}}
{{- define "kuma.serviceName" -}}
{{- .Values.controlPlane.service.name | default "kuma-control-plane" -}}
{{- end -}}

{{/* An image by { image, root }: its own registry and tag, else those of all images, else the version of the chart's programs. */}}
{{- define "kuma.image" -}}
{{- $registry := .image.registry | default .root.Values.global.image.registry | trimSuffix "/" -}}
{{- $tag := .image.tag | default .root.Values.global.image.tag | default .root.Chart.AppVersion -}}
{{- if $registry }}{{ $registry }}/{{ end }}{{ .image.repository }}:{{ $tag }}
{{- end -}}

{{/* Annotations of the pods: control planes are started anew when their configuration changes. */}}
{{- define "kuma.podAnnotations" -}}
checksum/config: {{ .Values.controlPlane.config | sha256sum }}
{{- with .Values.controlPlane.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kuma.tlsSecretName" -}}
{{- .Values.controlPlane.tls.general.secretName | default "kuma-tls-cert" -}}
{{- end -}}

{{/*
The certificate of the servers, in Base64, as YAML: given, or that of the cluster, or one that is made now. Included once a rendering,
since one that is made is another each time.
*/}}
{{- define "kuma.tls" -}}
{{- $general := .Values.controlPlane.tls.general -}}
{{- $stored := lookup "v1" "Secret" .Release.Namespace (include "kuma.tlsSecretName" .) -}}
{{- if $general.secretName -}}
{{- $ca := $general.caBundle -}}
{{- if and (not $ca) $stored }}{{ $ca = index $stored.data "ca.crt" }}{{ end -}}
ca: {{ required "controlPlane.tls.general.caBundle is needed with controlPlane.tls.general.secretName" $ca }}
{{- else if $stored -}}
ca: {{ index $stored.data "ca.crt" }}
certificate: {{ index $stored.data "tls.crt" }}
key: {{ index $stored.data "tls.key" }}
{{- else -}}
{{- $name := include "kuma.serviceName" . -}}
{{- $host := printf "%s.%s" $name .Release.Namespace -}}
{{- $hosts := list $name $host (printf "%s.svc" $host) (printf "%s.svc.cluster.local" $host) "localhost" -}}
{{- $ca := genCA "kuma-ca" 3650 -}}
{{- $made := genSignedCert $name nil $hosts 3650 $ca -}}
ca: {{ $ca.Cert | b64enc }}
certificate: {{ $made.Cert | b64enc }}
key: {{ $made.Key | b64enc }}
{{- end -}}
{{- end -}}
