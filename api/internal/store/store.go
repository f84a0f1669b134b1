// Package store keeps documents in PostgreSQL and searches them there.
package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/neurondb/neuronip/api/internal/buildinfo"
	"github.com/neurondb/neuronip/api/internal/config"
)

const (
	maxConnections  = 10
	connectTimeout  = 3 * time.Second
	cancelTimeout   = time.Second
	maxConnIdleTime = 5 * time.Minute
	maxConnLifetime = 30 * time.Minute
)

// Store is a connection pool to one PostgreSQL database.
type Store struct {
	pool *pgxpool.Pool
	// control serves checks and migrations, so that busy requests cannot make the database look down.
	control *pgxpool.Pool
}

// Open prepares a store without connecting: connections are made when they are first needed.
func Open(db config.Database) (*Store, error) {
	poolConfig, err := poolConfig(db)
	if err != nil {
		return nil, err
	}
	controlConfig := poolConfig.Copy()
	controlConfig.MaxConns = 1

	// The context only bounds the creation of minimum connections, of which there are none.
	pool, err := pgxpool.NewWithConfig(context.Background(), poolConfig)
	if err != nil {
		return nil, fmt.Errorf("preparing the connection pool: %w", err)
	}
	control, err := pgxpool.NewWithConfig(context.Background(), controlConfig)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("preparing the control connection: %w", err)
	}
	return &Store{pool: pool, control: control}, nil
}

// Close ends all connections. It waits for the queries that are running.
func (s *Store) Close() {
	s.pool.Close()
	s.control.Close()
}

// Ping returns nil when the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.control.Ping(ctx) }

// Stat returns the current figures of the pool that serves requests.
func (s *Store) Stat() *pgxpool.Stat { return s.pool.Stat() }

func poolConfig(db config.Database) (*pgxpool.Config, error) {
	// The password is left out here, so that no parse error can quote it.
	cfg, err := pgxpool.ParseConfig(connectionString(db))
	if err != nil {
		return nil, errors.New("the DB_ settings do not describe a PostgreSQL connection; " +
			"check DB_HOST, DB_USER, DB_NAME and the files that PGSSLROOTCERT, PGSSLCERT and PGSSLKEY name: " + err.Error())
	}
	cfg.ConnConfig.Password = db.Password.Reveal()
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.ConnConfig.RuntimeParams["application_name"] = buildinfo.Name
	cfg.ConnConfig.BuildContextWatcherHandler = cancelAbandonedQuery
	cfg.MaxConns = maxConnections
	cfg.MaxConnIdleTime = maxConnIdleTime
	cfg.MaxConnLifetime = maxConnLifetime
	return cfg, nil
}

// cancelAbandonedQuery makes the server stop a query whose request has timed out;
// by default only the connection is closed, and the query runs on to its end.
func cancelAbandonedQuery(conn *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelTimeout}
}

func connectionString(db config.Database) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	settings := []struct{ key, value string }{
		{"host", db.Host},
		{"port", strconv.Itoa(int(db.Port))},
		{"user", db.User},
		{"dbname", db.Name},
		{"sslmode", db.SSLMode},
	}
	var b strings.Builder
	for _, s := range settings {
		fmt.Fprintf(&b, "%s='%s' ", s.key, quote.Replace(s.value))
	}
	return b.String()
}
