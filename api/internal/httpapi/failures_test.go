package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/neurondb/neuronip/api/internal/database"
	"github.com/neurondb/neuronip/api/internal/document"
)

var dataRequests = []struct{ method, target, body string }{
	{http.MethodGet, documentsPath, ""},
	{http.MethodPost, documentsPath, `{"title":"a","content":"b"}`},
	{http.MethodGet, firstPath, ""},
	{http.MethodDelete, firstPath, ""},
	{http.MethodGet, searchPath + "?q=x", ""},
}

func TestStoreFailures(t *testing.T) {
	secret := errors.New("internal detail")
	tests := map[string]struct {
		err    error
		status int
		detail string
	}{
		"database gone": {fmt.Errorf("reading: %w: %w", document.ErrUnavailable, secret), 503, "could not be reached"},
		"anything else": {secret, 500, "request_id"},
	}
	for name, test := range tests {
		for _, r := range dataRequests {
			t.Run(name+" "+r.method+" "+r.target, func(t *testing.T) {
				s := newService()
				s.store.fail = func(context.Context) error { return test.err }
				response := s.send(r.method, r.target, r.body, "Content-Type", jsonType)
				if strings.Contains(response.Body.String(), secret.Error()) {
					t.Errorf("the body tells an internal detail: %s", response.Body)
				}
				checkProblem(t, response, test.status, test.detail)
				if !strings.Contains(s.log.String(), secret.Error()) {
					t.Errorf("the log lacks the cause: %s", s.log)
				}
			})
		}
	}
}

func TestSlowRequestIsStopped(t *testing.T) {
	s := newService(func(o *Options) { o.RequestTimeout = time.Millisecond })
	s.store.fail = func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	response := s.send(http.MethodGet, documentsPath, "")
	checkProblem(t, response, http.StatusServiceUnavailable, "longer than 1ms")
}

func TestClientThatLeavesGetsNoAnswer(t *testing.T) {
	s := newService()
	s.store.fail = func(ctx context.Context) error { return ctx.Err() }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, documentsPath, nil))
	if recorder.Body.Len() != 0 {
		t.Errorf("body = %s, want none", recorder.Body)
	}
	if !strings.Contains(s.log.String(), `"status":499`) {
		t.Errorf("log = %s, want status 499", s.log)
	}
}

func TestPanicBecomesAProblem(t *testing.T) {
	s := newService()
	s.store.fail = func(context.Context) error { panic("broken part") }
	response := s.send(http.MethodGet, documentsPath, "")
	if strings.Contains(response.Body.String(), "broken part") {
		t.Errorf("the body tells an internal detail: %s", response.Body)
	}
	p := checkProblem(t, response, http.StatusInternalServerError, "request_id")
	for _, want := range []string{"broken part", "failures_test.go", p.RequestID, `"status":500`} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, s.log)
		}
	}
}

func TestPanicAfterTheAnswerBeganBreaksTheConnection(t *testing.T) {
	a := &api{log: newLogger()}
	for name, handler := range map[string]http.HandlerFunc{
		"part is sent": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic("late")
		},
		"abort on purpose": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // A panic value, compared as net/http does.
					t.Errorf("panic value = %v, want http.ErrAbortHandler", got)
				}
			}()
			a.recoverPanic(handler).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		})
	}
}

// brokenBody is a request body that fails after its first bytes.
type brokenBody struct{ err error }

func (b brokenBody) Read([]byte) (int, error) { return 0, b.err }

func TestBodyThatDoesNotArrive(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status int
	}{
		"too slow": {os.ErrDeadlineExceeded, http.StatusRequestTimeout},
		"broken":   {errors.New("broken"), http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodPost, documentsPath, brokenBody{test.err})
			request.Header.Set("Content-Type", jsonType)
			recorder := httptest.NewRecorder()
			newService().handler.ServeHTTP(recorder, request)
			checkProblem(t, recorder, test.status, "send the request again")
		})
	}
}

func TestDataRoutesNeedTheDatabase(t *testing.T) {
	for state, detail := range map[database.State]string{
		database.StateUnconfigured: "No database is configured",
		database.StateDown:         "does not answer",
		database.StateUp:           "migrations are not applied",
	} {
		s := newService(withStatus(database.Status{State: state}), func(o *Options) { o.Documents = nil })
		for _, r := range dataRequests {
			t.Run(string(state)+" "+r.method+" "+r.target, func(t *testing.T) {
				response := s.send(r.method, r.target, r.body, "Content-Type", jsonType)
				checkProblem(t, response, http.StatusServiceUnavailable, detail)
				if response.Header().Get("Retry-After") == "" {
					t.Error("Retry-After is missing")
				}
			})
		}
	}
}
