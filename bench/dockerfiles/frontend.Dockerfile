# The front end as pipeline/nodes/next.py and pipeline/nodes/neuronip.py make it, for BuildKit: what the module is
# measured against. It has no `syntax` line, so that BuildKit's own frontend reads it and nothing is pulled for that.

ARG NODE_IMAGE=node:24.21.0-trixie-slim@sha256:173f125896c3b47ddf056734c7ea789d04595a6a08769a8f78e0df642781fb66
ARG BASE_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:9eeb7f5887d0e239e78264b06f7f11d2e14be534050481803a9e4728fcdd278e

# Once for all platforms: what ships holds no machine code.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
ENV CI=1 NEXT_TELEMETRY_DISABLED=1 NODE_OPTIONS=--use-system-ca
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm \
    npm ci
COPY . .
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
RUN --mount=type=cache,target=/app/.next/cache \
    NEURONIP_VERSION=$VERSION NEURONIP_REVISION=$REVISION npm run build

FROM ${BASE_IMAGE}
COPY --link --from=build /app/.next/standalone /app
COPY --link --from=build /app/.next/static /app/.next/static
COPY --link --from=build /app/public /app/public
WORKDIR /app
USER 65532:65532
ENV HOSTNAME=0.0.0.0 NEXT_TELEMETRY_DISABLED=1 NODE_ENV=production PORT=3000
EXPOSE 3000
ENTRYPOINT ["/nodejs/bin/node", "/app/server.js"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:'+(process.env.PORT||3000)+\"/healthz\").then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG BASE_IMAGE
LABEL org.opencontainers.image.title="NeuronIP front end" \
      org.opencontainers.image.description="Web front end of NeuronIP: search, documents and service status" \
      org.opencontainers.image.source="https://github.com/neurondb/NeuronIP" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="$BASE_IMAGE"
