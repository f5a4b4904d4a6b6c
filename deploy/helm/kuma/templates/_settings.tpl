{{/* Made by "npm run chart" of the manifests that kumactl installs. */}}
{{- define "kuma.settings" -}}
KUMA_ENVIRONMENT: kubernetes
KUMA_MODE: {{ .Values.controlPlane.mode | quote }}
KUMA_MULTIZONE_ZONE_NAME: {{ .Values.controlPlane.zone | default "default" | quote }}
KUMA_STORE_TYPE: kubernetes
KUMA_STORE_KUBERNETES_SYSTEM_NAMESPACE: {{ .Release.Namespace | quote }}
KUMA_DEFAULTS_SKIP_MESH_CREATION: {{ .Values.controlPlane.defaults.skipMeshCreation | quote }}
KUMA_GENERAL_WORK_DIR: /var/lib/kuma
KUMA_GENERAL_TLS_CERT_FILE: /var/run/secrets/kuma.io/tls-cert/tls.crt
KUMA_GENERAL_TLS_KEY_FILE: /var/run/secrets/kuma.io/tls-cert/tls.key
KUMA_API_SERVER_READ_ONLY: "true"
KUMA_API_SERVER_HTTP_INTERFACE: 0.0.0.0
KUMA_API_SERVER_HTTPS_INTERFACE: 0.0.0.0
KUMA_DP_SERVER_INTERFACE: 0.0.0.0
KUMA_DP_SERVER_HDS_ENABLED: "false"
KUMA_MONITORING_ASSIGNMENT_SERVER_INTERFACE: 0.0.0.0
KUMA_DIAGNOSTICS_INTERFACE: 0.0.0.0
KUMA_RUNTIME_KUBERNETES_ADMISSION_SERVER_ADDRESS: 0.0.0.0
KUMA_RUNTIME_KUBERNETES_ADMISSION_SERVER_PORT: "5443"
KUMA_RUNTIME_KUBERNETES_ADMISSION_SERVER_CERT_DIR: /var/run/secrets/kuma.io/tls-cert
KUMA_RUNTIME_KUBERNETES_ALLOWED_USERS: system:serviceaccount:{{ .Release.Namespace }}:kuma-control-plane
KUMA_RUNTIME_KUBERNETES_CONTROL_PLANE_SERVICE_NAME: {{ include "kuma.serviceName" . | quote }}
KUMA_RUNTIME_KUBERNETES_INJECTOR_CA_CERT_FILE: /var/run/secrets/kuma.io/tls-cert/ca.crt
KUMA_RUNTIME_KUBERNETES_INJECTOR_SIDECAR_CONTAINER_IMAGE: {{ include "kuma.image" (dict "image" .Values.dataPlane.image "root" .) | quote }}
KUMA_INJECTOR_INIT_CONTAINER_IMAGE: {{ include "kuma.image" (dict "image" .Values.dataPlane.initImage "root" .) | quote }}
{{- if .Values.controlPlane.tls.apiServer.secretName }}
KUMA_API_SERVER_HTTPS_TLS_CERT_FILE: /var/run/secrets/kuma.io/api-server-tls-cert/tls.crt
KUMA_API_SERVER_HTTPS_TLS_KEY_FILE: /var/run/secrets/kuma.io/api-server-tls-cert/tls.key
{{- end }}
{{- if .Values.controlPlane.tls.apiServer.clientCertsSecretName }}
KUMA_API_SERVER_AUTH_CLIENT_CERTS_DIR: /var/run/secrets/kuma.io/api-server-client-certs
{{- end }}
{{- end -}}
