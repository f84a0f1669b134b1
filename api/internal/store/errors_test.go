package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/neurondb/neuronip/api/internal/document"
)

func TestClassify(t *testing.T) {
	tests := map[string]struct {
		err         error
		unavailable bool
	}{
		"connection refused":    {&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		"connection cut":        {fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), true},
		"connecting failed":     {&pgconn.ConnectError{Config: &pgconn.Config{}}, true},
		"server shutting down":  {&pgconn.PgError{Code: "57P01"}, true},
		"server is a standby":   {&pgconn.PgError{Code: "25006"}, true},
		"too many connections":  {&pgconn.PgError{Code: "53300"}, true},
		"connection exception":  {&pgconn.PgError{Code: "08006"}, true},
		"constraint violated":   {&pgconn.PgError{Code: "23514"}, false},
		"query canceled":        {&pgconn.PgError{Code: "57014"}, false},
		"request timed out":     {fmt.Errorf("query: %w", context.DeadlineExceeded), false},
		"client gone":           {context.Canceled, false},
		"anything else":         {errors.New("scanning"), false},
		"SQLSTATE is too short": {&pgconn.PgError{Code: "0"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := classify("testing", test.err)
			if errors.Is(got, document.ErrUnavailable) != test.unavailable {
				t.Errorf("classify = %v, want unavailable %v", got, test.unavailable)
			}
			if !errors.Is(got, test.err) {
				t.Errorf("classify = %v, which lost its cause", got)
			}
		})
	}
	if err := classify("testing", nil); err != nil {
		t.Errorf("classify(nil) = %v", err)
	}
}
