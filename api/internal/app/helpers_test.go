package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neurondb/neuronip/api/internal/buildinfo"
	"github.com/neurondb/neuronip/api/internal/config"
)

const patience = 30 * time.Second

var build = buildinfo.Info{Version: "1.2.3", Commit: "abc1234", Date: "2026-01-02T03:04:05Z"}

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func databaseEnv(db config.Database) map[string]string {
	return map[string]string{
		"DB_HOST": db.Host, "DB_PORT": strconv.Itoa(int(db.Port)), "DB_USER": db.User,
		"DB_PASSWORD": db.Password.Reveal(), "DB_NAME": db.Name, "DB_SSLMODE": db.SSLMode,
	}
}

// instance is a server that Run runs in this process.
type instance struct {
	url    string
	port   string
	stop   context.CancelFunc
	exit   <-chan int
	lines  <-chan string
	stderr *bytes.Buffer
}

// start runs a server with the given environment and waits until it listens.
func start(t *testing.T, values map[string]string) *instance {
	t.Helper()
	port := freePort(t)
	values = maps.Clone(values)
	if values == nil {
		values = map[string]string{}
	}
	values["SERVER_PORT"] = port
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	exit := make(chan int, 1)
	i := &instance{url: "http://127.0.0.1:" + port, port: port, stop: cancel, exit: exit, lines: readLines(reader), stderr: &bytes.Buffer{}}
	go func() {
		exit <- Run(ctx, nil, env(values), writer, i.stderr, build)
		_ = writer.Close()
	}()
	t.Cleanup(cancel)
	i.waitForLog(t, "listening")
	return i
}

// readLines never blocks the writer: a log that nobody reads must not stop the server.
func readLines(reader io.Reader) <-chan string {
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(reader); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}

// waitForLog reads the log until an entry has the message, and returns that line.
func (i *instance) waitForLog(t *testing.T, message string) string {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-i.lines:
			if !ok {
				t.Fatalf("the log ended before %q; stderr: %s", message, i.stderr)
			}
			var entry struct{ Msg string }
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatalf("the log line %q is not JSON: %v", line, err)
			}
			if strings.HasPrefix(entry.Msg, message) {
				return line
			}
		case <-timeout:
			t.Fatalf("the log did not say %q within %s", message, patience)
		}
	}
}

func (i *instance) waitForExit(t *testing.T) int {
	t.Helper()
	select {
	case code := <-i.exit:
		return code
	case <-time.After(patience):
		t.Fatalf("the server did not stop within %s", patience)
		return 0
	}
}

func (i *instance) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	return i.send(t, http.MethodGet, path, nil)
}

func (i *instance) send(t *testing.T, method, path string, content io.Reader) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, i.url+path, content)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return response.StatusCode, strings.TrimSpace(string(all))
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("finding a free port: %v", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatalf("finding a free port: %v", err)
	}
	return port
}
