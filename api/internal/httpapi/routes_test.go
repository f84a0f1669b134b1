package httpapi

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/neurondb/neuronip/api/internal/database"
)

func newLogger() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

func TestHealthIsAlwaysOK(t *testing.T) {
	for _, state := range []database.State{database.StateUp, database.StateDown, database.StateUnconfigured} {
		s := newService(withStatus(database.Status{State: state}))
		checkBody(t, s.send(http.MethodGet, "/health", ""), http.StatusOK,
			`{"status":"ok","version":"1.2.3","commit":"abc1234","build_date":"2026-01-02T03:04:05Z","database":"`+string(state)+`"}`)
	}
}

func TestReadyFollowsTheDatabase(t *testing.T) {
	checkBody(t, newService().send(http.MethodGet, "/ready", ""), http.StatusOK, `{"status":"ready","database":"up"}`)
	down := newService(withStatus(database.Status{State: database.StateDown}))
	checkProblem(t, down.send(http.MethodGet, "/ready", ""), http.StatusServiceUnavailable, "does not answer")
}

func TestUnknownPathIsAProblem(t *testing.T) {
	for _, path := range []string{"/", "/api/v1", "/api/v1/documents/", "/health/x", "/a%20b"} {
		p := checkProblem(t, newService().send(http.MethodGet, path, ""), http.StatusNotFound, "nothing at this path")
		if p.Instance != path {
			t.Errorf("instance = %q, want %q", p.Instance, path)
		}
	}
}

func TestUnsupportedMethodNamesTheOthers(t *testing.T) {
	tests := []struct{ method, path, allow string }{
		{http.MethodPut, documentsPath, "GET, HEAD, POST"},
		{http.MethodPost, firstPath, "GET, HEAD, DELETE"},
		{http.MethodDelete, searchPath, "GET, HEAD"},
		{http.MethodPost, "/health", "GET, HEAD"},
		{"BREW", "/ready", "GET, HEAD"},
		{http.MethodOptions, documentsPath, "GET, HEAD, POST"},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			response := newService().send(test.method, test.path, "")
			checkProblem(t, response, http.StatusMethodNotAllowed, test.allow)
			if got := response.Header().Get("Allow"); got != test.allow {
				t.Errorf("Allow = %q, want %q", got, test.allow)
			}
		})
	}
}

func TestHeadIsAnsweredLikeGet(t *testing.T) {
	if response := newService().send(http.MethodHead, documentsPath, ""); response.Code != http.StatusOK {
		t.Errorf("status = %d, want 200", response.Code)
	}
}

func TestMetricsCountByRoutePattern(t *testing.T) {
	s := newService()
	s.post(`{"title":"a","content":"b"}`)
	s.send(http.MethodGet, firstPath, "")
	s.send(http.MethodHead, firstPath, "")
	s.send(http.MethodGet, "/made/up/path", "")
	s.send("BREW", documentsPath, "")
	scraped := s.send(http.MethodGet, "/metrics", "").Body.String()
	for _, want := range []string{
		`neuronip_http_requests_total{method="POST",route="/api/v1/documents",status="201"} 1`,
		`neuronip_http_requests_total{method="GET",route="/api/v1/documents/{id}",status="200"} 1`,
		`neuronip_http_requests_total{method="HEAD",route="/api/v1/documents/{id}",status="200"} 1`,
		`neuronip_http_requests_total{method="GET",route="unmatched",status="404"} 1`,
		`neuronip_http_requests_total{method="other",route="unmatched",status="405"} 1`,
	} {
		if !strings.Contains(scraped, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(scraped, "made/up") {
		t.Error("a path that a client made up became a label")
	}
}

func TestEveryRouteIsDescribed(t *testing.T) {
	description, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatalf("reading the description: %v", err)
	}
	routes, ok := newService().handler.(chi.Routes)
	if !ok {
		t.Fatal("the handler does not tell its routes")
	}
	err = chi.Walk(routes, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		operation := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(route) + `:\n(    .*\n|\n)*    ` + strings.ToLower(method) + `:\n`)
		if !operation.Match(description) {
			t.Errorf("openapi.yaml does not describe %s %s", method, route)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("walking the routes: %v", err)
	}
}
