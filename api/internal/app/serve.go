package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/neurondb/neuronip/api/internal/buildinfo"
	"github.com/neurondb/neuronip/api/internal/config"
	"github.com/neurondb/neuronip/api/internal/database"
	"github.com/neurondb/neuronip/api/internal/httpapi"
	"github.com/neurondb/neuronip/api/internal/metrics"
	"github.com/neurondb/neuronip/api/internal/store"
)

const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	requestTimeout    = 10 * time.Second
	// writeTimeout starts with the header of the request, so it covers reading the body, working and writing.
	writeTimeout   = 25 * time.Second
	idleTimeout    = 60 * time.Second
	maxHeaderBytes = 16 << 10

	// Together these stay below the 5 seconds that supervisors commonly grant at least.
	drainTimeout = 4 * time.Second
	closeTimeout = 500 * time.Millisecond
)

func serve(ctx context.Context, cfg config.Config, stdout io.Writer, build buildinfo.Info) error {
	log := slog.New(slog.NewJSONHandler(stdout, &slog.HandlerOptions{Level: cfg.LogLevel}))
	options := httpapi.Options{
		DatabaseStatus: database.Unconfigured,
		Metrics:        metrics.New(build),
		Log:            log,
		Build:          build,
		AllowedOrigins: cfg.CORSAllowedOrigins,
		RequestTimeout: requestTimeout,
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", cfg.Address())
	if err != nil {
		return fmt.Errorf("cannot listen on SERVER_PORT %d; set SERVER_PORT to a free port: %w", cfg.ServerPort, err)
	}
	// Closing it once more after the server has done so is harmless.
	defer func() { _ = listener.Close() }()
	log.Info("listening", "address", listener.Addr().String(), "version", build.Version, "commit", build.Commit)

	// Only now, so that a process that cannot serve leaves the tables of the database alone.
	if cfg.Database.Configured() {
		stop, err := useDatabase(cfg.Database, &options)
		if err != nil {
			return err
		}
		defer stop()
	}
	server := newServer(httpapi.New(options), log)
	return serveUntilDone(ctx, server, listener, drainTimeout, log)
}

// useDatabase fills in the database parts of options and starts to watch it, until stop is called.
func useDatabase(db config.Database, options *httpapi.Options) (stop func(), err error) {
	documents, err := store.Open(db)
	if err != nil {
		return nil, err
	}
	monitor := database.NewMonitor(documents, logStatus(options.Log))
	options.Documents = documents
	options.DatabaseStatus = monitor.Status
	options.Metrics.WatchDatabase(func() bool { return monitor.Status().Ready }, documents.Stat)

	// Not the context of the process: while requests drain after a signal they still need to know the state.
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { monitor.Run(ctx) })
	return func() {
		cancel()
		waitAtMost(closeTimeout, func() {
			watching.Wait()
			documents.Close()
		})
	}, nil
}

func logStatus(log *slog.Logger) func(database.Status) {
	return func(status database.Status) {
		if status.Ready {
			log.Info("database is ready")
			return
		}
		log.Warn("database is not ready; trying again", "database", string(status.State), "error", status.Err.Error())
	}
}

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serveUntilDone serves until ctx is done and then lets the requests in flight finish.
func serveUntilDone(ctx context.Context, server *http.Server, listener net.Listener, drain time.Duration, log *slog.Logger) error {
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("the server stopped on its own: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping; requests in flight may finish", "within", drain.String())
	// The context of the process is done, so draining needs one of its own.
	drained, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(drained); err != nil {
		_ = server.Close()
		return fmt.Errorf("requests were still running %s after the signal to stop and were cut off", drain)
	}
	log.Info("stopped")
	return nil
}

func waitAtMost(limit time.Duration, do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(limit):
	}
}
