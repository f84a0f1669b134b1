// Package testdb gives each integration test an empty PostgreSQL database of its own.
package testdb

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/neurondb/neuronip/api/internal/config"
)

const adminTimeout = 30 * time.Second

// New creates an empty database and drops it when the test ends. The test is skipped when DB_HOST is not set.
func New(t *testing.T) config.Database {
	t.Helper()
	cfg, err := config.Load(os.Getenv)
	if err != nil {
		t.Fatalf("the environment does not describe a database for the tests: %v", err)
	}
	server := cfg.Database
	if !server.Configured() {
		t.Skip("DB_HOST is not set; set the DB_ variables to a PostgreSQL role that may create databases to run this test")
	}
	db := server
	db.Name = "neuronip_test_" + strings.ToLower(rand.Text())
	quoted := pgx.Identifier{db.Name}.Sanitize()
	// Nobody connects to template0, so tests in parallel do not lock each other out of it.
	Exec(t, server, "CREATE DATABASE "+quoted+" TEMPLATE template0")
	t.Cleanup(func() { Exec(t, server, "DROP DATABASE "+quoted+" WITH (FORCE)") })
	return db
}

// Exec runs one statement in the database.
func Exec(t *testing.T, db config.Database, sql string) {
	t.Helper()
	// Not the context of the test, which is done by the time that cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	cfg, err := pgx.ParseConfig("sslmode=" + db.SSLMode)
	if err != nil {
		t.Fatalf("preparing the connection to the test server: %v", err)
	}
	cfg.Host, cfg.Port, cfg.Database = db.Host, db.Port, db.Name
	cfg.User, cfg.Password = db.User, db.Password.Reveal()
	cfg.Fallbacks = nil
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		t.Fatalf("connecting to the test server; check the DB_ variables: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatalf("preparing the test database with %s: %v", sql, err)
	}
}
