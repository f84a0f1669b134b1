// A delivery in Go with a stage of its own: a manifest that deploys the image by its digest.
package main

import (
	"context"
	"fmt"

	"dagger/deploy/internal/dagger"
)

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: shop
          image: %s@%s
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /health, port: 8080}}
`

// Deploy brings an image to a cluster.
type Deploy struct{}

// Build, run and scan the image, and write the manifest that deploys it.
func (m *Deploy) Manifest(
	ctx context.Context,
	// A Go service
	source *dagger.Directory,
	// Repository that the image is in, such as ghcr.io/acme/shop
	repository string,
) (*dagger.File, error) {
	image := dag.Pipeline().GoApp("shop", source).Build()
	if _, err := image.Smoke(ctx); err != nil {
		return nil, err
	}
	digest, err := image.Digest(ctx)
	if err != nil {
		return nil, err
	}
	return dag.Directory().
		WithNewFile("shop.yaml", fmt.Sprintf(manifest, repository, digest)).
		File("shop.yaml"), nil
}
