package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/neurondb/neuronip/api/internal/document"
)

// problem is an error body as RFC 9457 defines it. Its type is always
// "about:blank": the status code carries the meaning.
type problem struct {
	Type      string               `json:"type"`
	Title     string               `json:"title"`
	Status    int                  `json:"status"`
	Detail    string               `json:"detail"`
	Instance  string               `json:"instance"`
	RequestID string               `json:"request_id,omitempty"`
	Errors    []document.Violation `json:"errors,omitempty"`
}

// httpError is an error that knows how to answer the client.
type httpError struct {
	status int
	detail string
	errors []document.Violation
}

func (e *httpError) Error() string { return e.detail }

func invalid(violations []document.Violation) error {
	return &httpError{
		status: http.StatusUnprocessableEntity,
		detail: "The request breaks the rules listed in errors; correct those fields and send it again.",
		errors: violations,
	}
}

// fail answers with the problem that err stands for, and logs what the client is not told.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	answer := a.explain(r.Context(), err)
	if answer == nil {
		return
	}
	if answer.status >= http.StatusInternalServerError {
		a.log.ErrorContext(r.Context(), "request failed",
			"request_id", requestID(r.Context()), "status", answer.status, "error", err.Error())
	}
	writeProblem(w, r, answer)
}

// explain turns an error into an answer; nil means that the client has gone.
func (a *api) explain(ctx context.Context, err error) *httpError {
	if answer, ok := errors.AsType[*httpError](err); ok {
		return answer
	}
	switch {
	case errors.Is(err, document.ErrNotFound):
		return &httpError{status: http.StatusNotFound,
			detail: "No document has this identifier; list the documents at " + documentsPath + "."}
	case errors.Is(err, document.ErrUnavailable):
		return &httpError{status: http.StatusServiceUnavailable,
			detail: "The database could not be reached; try again in a few seconds."}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &httpError{status: http.StatusServiceUnavailable,
			detail: "The request took longer than " + a.requestTimeout.String() + " and was stopped; try again later."}
	case errors.Is(ctx.Err(), context.Canceled):
		return nil
	}
	return internalError()
}

func internalError() *httpError {
	return &httpError{status: http.StatusInternalServerError,
		detail: "The server failed to answer this request; quote the request_id when you report it."}
}

func writeProblem(w http.ResponseWriter, r *http.Request, e *httpError) {
	if e.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	writeJSON(w, e.status, "application/problem+json", problem{
		Type:      "about:blank",
		Title:     http.StatusText(e.status),
		Status:    e.status,
		Detail:    e.detail,
		Instance:  r.URL.EscapedPath(),
		RequestID: requestID(r.Context()),
		Errors:    e.errors,
	})
}

func writeJSON(w http.ResponseWriter, status int, contentType string, body any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	// The status is sent, so a failure here (the client has gone) can no longer be reported to anyone.
	_ = json.NewEncoder(w).Encode(body)
}
