package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/neurondb/neuronip/api/internal/testdb"
)

func TestServesWithoutADatabase(t *testing.T) {
	i := start(t, nil)
	status, body := i.get(t, "/health")
	if status != http.StatusOK || body != `{"status":"ok","version":"1.2.3","commit":"abc1234","build_date":"2026-01-02T03:04:05Z","database":"unconfigured"}` {
		t.Errorf("/health = %d %s", status, body)
	}
	for _, path := range []string{"/ready", "/api/v1/documents", "/api/v1/search?q=x"} {
		if status, body := i.get(t, path); status != http.StatusServiceUnavailable || !strings.Contains(body, "No database is configured") {
			t.Errorf("%s = %d %s", path, status, body)
		}
	}
	if code, stderr := healthcheck(t, "127.0.0.1:"+i.port); code != 0 {
		t.Errorf("healthcheck = %d, %q", code, stderr)
	}
	i.stop()
	if code := i.waitForExit(t); code != 0 {
		t.Errorf("exit code = %d, want 0; stderr: %s", code, i.stderr)
	}
}

func TestPortInUse(t *testing.T) {
	i := start(t, nil)
	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), nil, env(map[string]string{"SERVER_PORT": i.port}), &stdout, &stderr, build)
	if code != 1 || !strings.Contains(stderr.String(), "cannot listen on SERVER_PORT "+i.port) {
		t.Errorf("Run = %d, %q", code, stderr.String())
	}
}

func TestImpossibleDatabaseSettings(t *testing.T) {
	t.Setenv("PGSSLROOTCERT", "/nonexistent/root.crt")
	var stdout, stderr bytes.Buffer
	code := Run(t.Context(), nil, env(map[string]string{"SERVER_PORT": freePort(t), "DB_HOST": "db.example.com", "DB_USER": "app",
		"DB_PASSWORD": "pass-word", "DB_NAME": "docs", "DB_SSLMODE": "verify-full"}), &stdout, &stderr, build)
	if code != 1 || !strings.Contains(stderr.String(), "PGSSLROOTCERT") {
		t.Errorf("Run = %d, %q", code, stderr.String())
	}
	if strings.Contains(stdout.String()+stderr.String(), "pass-word") {
		t.Error("the password is printed")
	}
}

func TestStartsWhileTheDatabaseIsDownAndKeepsTheSecret(t *testing.T) {
	i := start(t, map[string]string{"DB_HOST": "127.0.0.1", "DB_PORT": freePort(t), "DB_USER": "app",
		"DB_PASSWORD": "pass-word", "DB_NAME": "docs", "LOG_LEVEL": "debug"})
	if line := i.waitForLog(t, "database is not ready"); strings.Contains(line, "pass-word") || !strings.Contains(line, "refused") {
		t.Errorf("log line = %s", line)
	}
	if status, body := i.get(t, "/health"); status != http.StatusOK || !strings.Contains(body, `"database":"down"`) {
		t.Errorf("/health = %d %s", status, body)
	}
	if status, _ := i.get(t, "/ready"); status != http.StatusServiceUnavailable {
		t.Errorf("/ready = %d, want 503", status)
	}
}

func TestFollowsTheDatabaseDownAndUp(t *testing.T) {
	proxy, db := testdb.NewProxy(t, testdb.New(t))
	i := start(t, databaseEnv(db))
	i.waitForLog(t, "database is not ready")
	for range 2 {
		proxy.Up()
		i.waitForLog(t, "database is ready")
		if status, body := i.get(t, "/ready"); status != http.StatusOK {
			t.Errorf("/ready = %d %s, want 200", status, body)
		}
		status, body := i.send(t, http.MethodPost, "/api/v1/documents", strings.NewReader(`{"title":"a","content":"needle"}`))
		if status != http.StatusCreated {
			t.Errorf("creating a document = %d %s", status, body)
		}
		proxy.Down()
		if status, body := i.get(t, "/api/v1/documents"); status != http.StatusServiceUnavailable {
			t.Errorf("listing without the database = %d %s", status, body)
		}
		i.waitForLog(t, "database is not ready")
		if status, body := i.get(t, "/health"); status != http.StatusOK || !strings.Contains(body, `"database":"down"`) {
			t.Errorf("/health = %d %s", status, body)
		}
	}
	proxy.Up()
	i.waitForLog(t, "database is ready")
	if _, body := i.get(t, "/api/v1/search?q=needles"); !strings.Contains(body, `"total":2`) {
		t.Errorf("search = %s, want both documents", body)
	}
	i.stop()
	if code := i.waitForExit(t); code != 0 {
		t.Errorf("exit code = %d, want 0; stderr: %s", code, i.stderr)
	}
}

func TestRequestsThatTakeTooLongAreCutOff(t *testing.T) {
	arrived := make(chan struct{})
	server := newServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}), slog.New(slog.DiscardHandler))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serveUntilDone(ctx, server, listener, time.Millisecond, slog.New(slog.DiscardHandler))
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"); err != nil {
		t.Fatalf("sending: %v", err)
	}
	<-arrived
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "were cut off") {
		t.Errorf("serveUntilDone: %v", err)
	}
	if rest, _ := io.ReadAll(conn); len(rest) != 0 {
		t.Errorf("the client got %q, want a closed connection", rest)
	}
}

func TestServerThatCannotServe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	_ = listener.Close()
	log := slog.New(slog.DiscardHandler)
	err = serveUntilDone(t.Context(), newServer(http.NotFoundHandler(), log), listener, time.Second, log)
	if err == nil || !strings.Contains(err.Error(), "stopped on its own") {
		t.Errorf("serveUntilDone: %v", err)
	}
}
