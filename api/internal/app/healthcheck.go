package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/neurondb/neuronip/api/internal/config"
)

const healthcheckTimeout = 2 * time.Second

// healthcheckCommand fails with 1 and never with 2, which container engines reserve.
func healthcheckCommand(ctx context.Context, getenv func(string) string, stderr io.Writer) int {
	port, err := config.ServerPort(getenv)
	if err == nil {
		err = checkHealth(ctx, fmt.Sprintf("http://127.0.0.1:%d/health", port))
	}
	if err != nil {
		complain(stderr, err)
		return exitFailed
	}
	return exitOK
}

func checkHealth(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	// A transport of its own takes no proxy from the environment.
	client := &http.Client{Transport: &http.Transport{}, Timeout: healthcheckTimeout}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer to the health check; is the server running with the same SERVER_PORT? %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s where 200 OK was expected; is another program using this port?", url, response.Status)
	}
	return nil
}
