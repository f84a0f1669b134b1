// Command server is the NeuronIP API server; its binary is called neuronip-api.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/neurondb/neuronip/api/internal/app"
	"github.com/neurondb/neuronip/api/internal/buildinfo"
)

// Set at link time with -ldflags "-X main.version=... ".
var (
	version   = "dev"
	buildDate = "unknown"
	gitCommit = "unknown"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// Restores the default handling after the first signal, so that a second one ends the process at once.
	context.AfterFunc(ctx, stop)

	build := buildinfo.Info{Version: version, Commit: gitCommit, Date: buildDate}
	return app.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr, build)
}
