package httpapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

const (
	requestIDHeader = "X-Request-Id"
	unmatchedRoute  = "unmatched"

	statusClientGone = 499
)

type requestIDKey struct{}

// validRequestID keeps what clients send short and free of anything that could disturb a log.
var validRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func assignRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if !validRequestID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set(requestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// observe counts and logs each request. The query string stays out of the log: it holds what people search for.
func (a *api) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			took := time.Since(start)
			route, status := routePattern(r), sentStatus(r.Context(), recorder)
			a.metrics.Observe(route, methodLabel(r.Method), status, took)
			a.log.LogAttrs(r.Context(), requestLevel(route), "request",
				slog.String("request_id", requestID(r.Context())),
				slog.String("method", r.Method),
				slog.String("route", route),
				slog.String("path", r.URL.Path),
				slog.Int("status", status),
				slog.Int("bytes", recorder.BytesWritten()),
				slog.Float64("duration_ms", float64(took.Microseconds())/1000),
				slog.String("remote", r.RemoteAddr))
		}()
		next.ServeHTTP(recorder, r)
	})
}

// sentStatus is 499, as proxies write it, when the client left before there was an answer.
func sentStatus(ctx context.Context, w middleware.WrapResponseWriter) int {
	if status := w.Status(); status != 0 {
		return status
	}
	if ctx.Err() != nil {
		return statusClientGone
	}
	return http.StatusOK
}

// routePattern keeps the number of metric series bounded whatever paths clients make up.
func routePattern(r *http.Request) string {
	pattern := chi.RouteContext(r.Context()).RoutePattern()
	if pattern == "" || strings.HasSuffix(pattern, "*") {
		return unmatchedRoute
	}
	return pattern
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut,
		http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// requestLevel keeps probes and scrapes, which come every few seconds, out of the normal log.
func requestLevel(route string) slog.Level {
	switch route {
	case "/health", "/ready", "/metrics":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func (a *api) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares the panic value itself too.
				panic(value)
			}
			a.log.ErrorContext(r.Context(), "panic", "request_id", requestID(r.Context()),
				"panic", fmt.Sprint(value), "stack", string(debug.Stack()))
			if recorder.Status() != 0 {
				// Part of an answer is sent; breaking the connection tells the client not to trust it.
				panic(http.ErrAbortHandler)
			}
			writeProblem(recorder, r, internalError())
		}()
		next.ServeHTTP(recorder, r)
	})
}

func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

func (a *api) limitTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), a.requestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		next.ServeHTTP(w, r)
	})
}

// methodNotAllowed names the methods that the path does have, as a 405 must.
func methodNotAllowed(routes chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			if !routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
				continue
			}
			allowed = append(allowed, method)
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
		allow := strings.Join(allowed, ", ")
		w.Header().Set("Allow", allow)
		writeProblem(w, r, &httpError{status: http.StatusMethodNotAllowed,
			detail: fmt.Sprintf("This path does not support %s; it supports %s.", r.Method, allow)})
	}
}
