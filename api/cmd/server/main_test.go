package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/neurondb/neuronip/api/internal/config"
	"github.com/neurondb/neuronip/api/internal/testdb"
)

var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "neuronip-api")
	if err != nil {
		fmt.Fprintln(os.Stderr, "making a place for the binary:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "neuronip-api")
	build := exec.Command("go", "build", "-o", binary, "-ldflags",
		"-X main.version=1.2.3 -X main.gitCommit=abc1234 -X main.buildDate=2026-01-02T03:04:05Z", ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}

func TestBinaryAnswersAndExits(t *testing.T) {
	tests := map[string]struct {
		args   []string
		env    string
		code   int
		output string
	}{
		"version":     {[]string{"--version"}, "", 0, "neuronip-api 1.2.3 (commit abc1234, built 2026-01-02T03:04:05Z)\n"},
		"bad port":    {nil, "SERVER_PORT=0", 2, `SERVER_PORT is "0"`},
		"bad level":   {nil, "LOG_LEVEL=loud", 2, `LOG_LEVEL is "loud"`},
		"bad usage":   {[]string{"--verbose"}, "", 2, "Usage:"},
		"healthcheck": {[]string{"healthcheck"}, "SERVER_PORT=1", 1, "no answer to the health check"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), binary, test.args...)
			command.Env = []string{test.env}
			output, err := command.CombinedOutput()
			if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok || ok && exit.ExitCode() == -1 {
				t.Fatalf("running the binary: %v", err)
			}
			if code := command.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(output), test.output) {
				t.Errorf("exit code %d with %q, want %d with %q", code, output, test.code, test.output)
			}
		})
	}
}

// TestSIGTERMLetsRequestsFinish holds a request open across the signal: the
// server says "100 Continue" once the handler waits for the body, and gets the
// body only after it has begun to stop.
func TestSIGTERMLetsRequestsFinish(t *testing.T) {
	port := freePort(t)
	server, log := startServer(t, testdb.New(t), port)
	const body = `{"title":"Late","content":"Sent after the signal."}`
	conn, replies := openRequest(t, port, len(body))
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("signalling: %v", err)
	}
	waitForLog(t, log, `"msg":"stopping`)
	send(t, conn, body)
	response, err := http.ReadResponse(replies, nil)
	if err != nil {
		t.Fatalf("reading the reply: %v", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusCreated {
		t.Errorf("status = %d, want 201", response.StatusCode)
	}
	waitForLog(t, log, `"msg":"stopped"`)
	if err := server.Wait(); err != nil {
		t.Errorf("the process ended with %v, want exit code 0", err)
	}
}

// startServer runs the binary and waits until its database is ready.
func startServer(t *testing.T, db config.Database, port string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	server := exec.CommandContext(t.Context(), binary)
	server.Env = []string{"SERVER_PORT=" + port, "DB_HOST=" + db.Host, fmt.Sprint("DB_PORT=", db.Port), "DB_USER=" + db.User,
		"DB_PASSWORD=" + db.Password.Reveal(), "DB_NAME=" + db.Name, "DB_SSLMODE=" + db.SSLMode}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatalf("reading the log: %v", err)
	}
	if err := server.Start(); err != nil {
		t.Fatalf("starting the binary: %v", err)
	}
	log := bufio.NewScanner(stdout)
	waitForLog(t, log, `"msg":"database is ready"`)
	return server, log
}

// openRequest sends the header of a request and returns once its handler waits for the body.
func openRequest(t *testing.T, port string, bodyLength int) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, 10*time.Second)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	send(t, conn, fmt.Sprintf("POST /api/v1/documents HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", bodyLength))
	replies := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := replies.ReadString('\n'); err != nil || line != want {
			t.Fatalf("reply = %q, %v, want %q", line, err, want)
		}
	}
	return conn, replies
}

func waitForLog(t *testing.T, log *bufio.Scanner, want string) {
	t.Helper()
	for log.Scan() {
		if strings.Contains(log.Text(), want) {
			return
		}
	}
	t.Fatalf("the log ended before %s: %v", want, log.Err())
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatalf("sending: %v", err)
	}
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
