# The API as pipeline/nodes/go.py and pipeline/nodes/neuronip.py make it, for BuildKit: what the module is measured
# against. It has no `syntax` line, so that BuildKit's own frontend reads it and nothing is pulled for that.

ARG GO_IMAGE=golang:1.26.9-trixie@sha256:f89535b7caea67fa9ff0ba009894bff8f3be915e49cb635477c8ce04e045db5d
ARG BASE_IMAGE=gcr.io/distroless/static-debian13:nonroot@sha256:e2e927ec666bae08560abb3c55d0659eceabb657f56b6782ab500a9fc7f555e3

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
ENV CGO_ENABLED=0 GOTOOLCHAIN=local
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
# Where the first layer came from a registry's cache, the volume is empty, and this one downloads.
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
      -ldflags="-s -w -buildid= -X main.version=$VERSION -X main.buildDate=$CREATED -X main.gitCommit=$REVISION" \
      -o /out/neuronip-api ./cmd/server

FROM ${BASE_IMAGE}
COPY --link --from=build /out/neuronip-api /usr/local/bin/neuronip-api
WORKDIR /app
USER 65532:65532
EXPOSE 8082
ENTRYPOINT ["/usr/local/bin/neuronip-api"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/usr/local/bin/neuronip-api", "healthcheck"]
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG BASE_IMAGE
LABEL org.opencontainers.image.title="NeuronIP API" \
      org.opencontainers.image.description="Documents and full-text search over PostgreSQL" \
      org.opencontainers.image.source="https://github.com/neurondb/NeuronIP" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.base.name="$BASE_IMAGE"
