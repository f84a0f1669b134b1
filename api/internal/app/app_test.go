package app

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	tests := map[string]struct {
		args           []string
		env            map[string]string
		code           int
		stdout, stderr string
	}{
		"version":         {[]string{"--version"}, nil, 0, "neuronip-api 1.2.3 (commit abc1234, built 2026-01-02T03:04:05Z)\n", ""},
		"help":            {[]string{"--help"}, nil, 0, "Usage:\n", ""},
		"short help":      {[]string{"-h"}, nil, 0, "Usage:\n", ""},
		"unknown command": {[]string{"serve"}, nil, 2, "", `neuronip-api: the argument "serve" is not known here.`},
		"unknown flag":    {[]string{"--port=1"}, nil, 2, "", `"--port=1"`},
		"one too many":    {[]string{"--version", "now"}, nil, 2, "", `"now"`},
		"empty argument":  {[]string{""}, nil, 2, "", `""`},
		"bad port": {nil, map[string]string{"SERVER_PORT": "99999"}, 2, "",
			"neuronip-api: SERVER_PORT is \"99999\", which is not a port; set it to a number from 1 to 65535, for example 8082.\n"},
		"bad log level": {nil, map[string]string{"LOG_LEVEL": "loud"}, 2, "",
			"neuronip-api: LOG_LEVEL is \"loud\", which is not a log level; set it to debug, info, warn or error.\n"},
		"healthcheck with a bad port": {[]string{"healthcheck"}, map[string]string{"SERVER_PORT": "x"}, 1, "", "SERVER_PORT"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := Run(t.Context(), test.args, env(test.env), &stdout, &stderr, build)
			if code != test.code {
				t.Errorf("exit code = %d, want %d", code, test.code)
			}
			if !strings.Contains(stdout.String(), test.stdout) || (test.stdout == "") != (stdout.Len() == 0) {
				t.Errorf("stdout = %q, want %q", stdout.String(), test.stdout)
			}
			if !strings.Contains(stderr.String(), test.stderr) || (test.stderr == "") != (stderr.Len() == 0) {
				t.Errorf("stderr = %q, want %q", stderr.String(), test.stderr)
			}
		})
	}
}

func TestUnknownArgumentsShowTheUsage(t *testing.T) {
	var stdout, stderr bytes.Buffer
	Run(t.Context(), []string{"serve"}, env(nil), &stdout, &stderr, build)
	if !strings.Contains(stderr.String(), usage) {
		t.Errorf("stderr = %q, want the usage in it", stderr.String())
	}
}

func TestHealthcheck(t *testing.T) {
	for name, test := range map[string]struct {
		status, code int
		stderr       string
	}{
		"healthy":         {http.StatusOK, 0, ""},
		"another program": {http.StatusNotFound, 1, "404 Not Found where 200 OK was expected"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/health" {
					t.Errorf("path = %q", r.URL.Path)
				}
				w.WriteHeader(test.status)
			}))
			defer server.Close()
			code, stderr := healthcheck(t, server.Listener.Addr().String())
			if code != test.code || !strings.Contains(stderr, test.stderr) {
				t.Errorf("healthcheck = %d, %q, want %d, %q", code, stderr, test.code, test.stderr)
			}
		})
	}
}

func TestHealthcheckWithoutAServer(t *testing.T) {
	code, stderr := healthcheck(t, "127.0.0.1:"+freePort(t))
	if code != 1 || !strings.Contains(stderr, "is the server running") {
		t.Errorf("healthcheck = %d, %q", code, stderr)
	}
}

func TestHealthcheckGivesUpOnAServerThatHangs(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	defer func() { _ = listener.Close() }()
	code, stderr := healthcheck(t, listener.Addr().String())
	if code != 1 || !strings.Contains(stderr, "Timeout") {
		t.Errorf("healthcheck = %d, %q", code, stderr)
	}
}

func healthcheck(t *testing.T, address string) (code int, stderr string) {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatalf("reading the port: %v", err)
	}
	var out, complaints bytes.Buffer
	code = Run(t.Context(), []string{"healthcheck"}, env(map[string]string{"SERVER_PORT": port}), &out, &complaints, build)
	return code, complaints.String()
}
