// Package httpapi answers the HTTP requests of the service.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/neurondb/neuronip/api/internal/buildinfo"
	"github.com/neurondb/neuronip/api/internal/database"
	"github.com/neurondb/neuronip/api/internal/document"
	"github.com/neurondb/neuronip/api/internal/metrics"
)

const (
	documentsPath = "/api/v1/documents"
	searchPath    = "/api/v1/search"

	// maxBodyBytes leaves room for the longest content in four-byte characters.
	maxBodyBytes = 1 << 20
)

// DocumentStore keeps and searches documents. Its methods return errors that
// match document.ErrNotFound and document.ErrUnavailable where these apply.
type DocumentStore interface {
	Create(ctx context.Context, draft document.Draft) (document.Document, error)
	Get(ctx context.Context, id document.ID) (document.Document, error)
	Delete(ctx context.Context, id document.ID) error
	List(ctx context.Context, window document.Window) (document.Page[document.Summary], error)
	Search(ctx context.Context, query string, window document.Window) (document.Page[document.Hit], error)
}

// Options are the parts that a handler is made of.
type Options struct {
	// Documents may be nil when DatabaseStatus never reports ready.
	Documents      DocumentStore
	DatabaseStatus func() database.Status
	Metrics        *metrics.Metrics
	Log            *slog.Logger
	Build          buildinfo.Info
	AllowedOrigins []string
	// RequestTimeout bounds the work on one request.
	RequestTimeout time.Duration
}

type api struct {
	documents      DocumentStore
	databaseStatus func() database.Status
	metrics        *metrics.Metrics
	log            *slog.Logger
	build          buildinfo.Info
	requestTimeout time.Duration
}

// New returns the handler of all routes.
func New(o Options) http.Handler {
	a := &api{
		documents:      o.Documents,
		databaseStatus: o.DatabaseStatus,
		metrics:        o.Metrics,
		log:            o.Log,
		build:          o.Build,
		requestTimeout: o.RequestTimeout,
	}
	r := chi.NewRouter()
	r.Use(
		assignRequestID,
		a.observe,
		a.recoverPanic,
		secureHeaders,
		cors(o.AllowedOrigins),
		a.limitTime,
		limitBody,
		middleware.GetHead,
	)
	r.NotFound(a.routeNotFound)
	r.MethodNotAllowed(methodNotAllowed(r))

	r.Get("/health", a.health)
	r.Get("/ready", a.ready)
	r.Method(http.MethodGet, "/metrics", a.metrics.Handler())
	r.Group(func(r chi.Router) {
		r.Use(a.requireDatabase)
		r.Get(documentsPath, a.listDocuments)
		r.Post(documentsPath, a.createDocument)
		r.Get(documentsPath+"/{id}", a.getDocument)
		r.Delete(documentsPath+"/{id}", a.deleteDocument)
		r.Get(searchPath, a.searchDocuments)
	})
	return r
}

func (a *api) routeNotFound(w http.ResponseWriter, r *http.Request) {
	a.fail(w, r, &httpError{status: http.StatusNotFound,
		detail: "There is nothing at this path; documents are at " + documentsPath + " and search is at " + searchPath + "."})
}
