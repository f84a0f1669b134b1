package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/neurondb/neuronip/api/internal/buildinfo"
	"github.com/neurondb/neuronip/api/internal/database"
	"github.com/neurondb/neuronip/api/internal/metrics"
)

const jsonType = "application/json"

type service struct {
	handler http.Handler
	store   *memoryStore
	log     *bytes.Buffer
}

func newService(change ...func(*Options)) service {
	store := &memoryStore{}
	log := &bytes.Buffer{}
	build := buildinfo.Info{Version: "1.2.3", Commit: "abc1234", Date: "2026-01-02T03:04:05Z"}
	options := Options{
		Documents:      store,
		DatabaseStatus: func() database.Status { return database.Status{State: database.StateUp, Ready: true} },
		Metrics:        metrics.New(build),
		Log:            slog.New(slog.NewJSONHandler(log, nil)),
		Build:          build,
		RequestTimeout: time.Minute,
	}
	for _, c := range change {
		c(&options)
	}
	return service{handler: New(options), store: store, log: log}
}

func withStatus(status database.Status) func(*Options) {
	return func(o *Options) { o.DatabaseStatus = func() database.Status { return status } }
}

// send makes a request; headers are name and value in turn.
func (s service) send(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request := httptest.NewRequest(method, target, reader)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, request)
	return recorder
}

func (s service) post(body string) *httptest.ResponseRecorder {
	return s.send(http.MethodPost, documentsPath, body, "Content-Type", jsonType)
}

func checkBody(t *testing.T, response *httptest.ResponseRecorder, status int, want string) {
	t.Helper()
	if response.Code != status {
		t.Fatalf("status = %d, want %d; body: %s", response.Code, status, response.Body)
	}
	if got := strings.TrimSpace(response.Body.String()); got != want {
		t.Errorf("body = %s\nwant   %s", got, want)
	}
	if got := response.Header().Get("Content-Type"); want != "" && got != jsonType {
		t.Errorf("Content-Type = %q, want %s", got, jsonType)
	}
}

// checkProblem checks that the response is a complete problem and returns it.
func checkProblem(t *testing.T, response *httptest.ResponseRecorder, status int, detail string) problem {
	t.Helper()
	if got := response.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type = %q", got)
	}
	decoder := json.NewDecoder(response.Body)
	decoder.DisallowUnknownFields()
	var p problem
	if err := decoder.Decode(&p); err != nil {
		t.Fatalf("the problem is not JSON: %v", err)
	}
	if response.Code != status || p.Status != status {
		t.Errorf("status = %d and %d in the body, want %d", response.Code, p.Status, status)
	}
	if p.Type != "about:blank" || p.Title != http.StatusText(status) || !strings.HasPrefix(p.Instance, "/") {
		t.Errorf("problem = %+v", p)
	}
	if p.RequestID == "" || p.RequestID != response.Header().Get("X-Request-Id") {
		t.Errorf("request_id = %q, want that of the header", p.RequestID)
	}
	if !strings.Contains(p.Detail, detail) {
		t.Errorf("detail = %q, want it to contain %q", p.Detail, detail)
	}
	return p
}
