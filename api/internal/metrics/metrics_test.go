package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/neurondb/neuronip/api/internal/buildinfo"
)

func TestHandlerExposesEverything(t *testing.T) {
	pool, err := pgxpool.New(t.Context(), "host=127.0.0.1 pool_max_conns=7")
	if err != nil {
		t.Fatalf("preparing a pool that never connects: %v", err)
	}
	defer pool.Close()
	m := New(buildinfo.Info{Version: "1.2.3", Commit: "abc1234", Date: "2026-01-02T03:04:05Z"})
	ready := true
	m.WatchDatabase(func() bool { return ready }, pool.Stat)
	m.Observe("/health", http.MethodGet, http.StatusOK, 30*time.Millisecond)

	scraped := scrape(m)
	for _, want := range []string{
		`neuronip_build_info{build_date="2026-01-02T03:04:05Z",commit="abc1234",version="1.2.3"} 1`,
		`neuronip_http_requests_total{method="GET",route="/health",status="200"} 1`,
		`neuronip_http_request_duration_seconds_bucket{method="GET",route="/health",status="200",le="0.05"} 1`,
		`neuronip_db_ready 1`,
		`neuronip_db_pool_connections_max 7`,
		`neuronip_db_pool_connections_idle 0`,
		`neuronip_db_pool_acquires_total 0`,
		`go_goroutines `,
	} {
		if !strings.Contains(scraped, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	ready = false
	if !strings.Contains(scrape(m), "neuronip_db_ready 0") {
		t.Error("the database still counts as ready")
	}
}

func scrape(m *Metrics) string {
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return recorder.Body.String()
}
