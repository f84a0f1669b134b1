package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrationLock is the key of the advisory lock that instances take in turn. Any fixed number does.
const migrationLock int64 = 0x6e6575726f6e6970

var migrationName = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.sql$`)

type migration struct {
	version  int
	name     string
	sql      string
	checksum string
}

// Migrate applies the embedded migrations that the database lacks, all or none.
// The lock is held until the transaction ends, so an instance that comes second
// finds the work done.
func (s *Store) Migrate(ctx context.Context) error {
	migrations, err := loadMigrations(migrationFiles)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, s.control, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
			return fmt.Errorf("taking the migration lock: %w", err)
		}
		return applyMissing(ctx, tx, migrations)
	})
	return classify("migrating the database", err)
}

func applyMissing(ctx context.Context, tx pgx.Tx, migrations []migration) error {
	applied, err := appliedMigrations(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range migrations {
		checksum, ok := applied[m.version]
		if ok && checksum != m.checksum {
			return fmt.Errorf("migration %s was applied with other contents than this build has; "+
				"restore the file and put the change into a new migration", m.name)
		}
		if ok {
			continue
		}
		if err := apply(ctx, tx, m); err != nil {
			return fmt.Errorf("applying migration %s: %w", m.name, err)
		}
	}
	return nil
}

func appliedMigrations(ctx context.Context, tx pgx.Tx) (map[int]string, error) {
	if err := createMigrationTable(ctx, tx); err != nil {
		return nil, fmt.Errorf("creating the table of applied migrations: %w", err)
	}
	rows, err := tx.Query(ctx, `SELECT version, checksum FROM schema_migrations`)
	if err != nil {
		return nil, fmt.Errorf("reading the applied migrations: %w", err)
	}
	applied := map[int]string{}
	var version int
	var checksum string
	_, err = pgx.ForEachRow(rows, []any{&version, &checksum}, func() error {
		applied[version] = checksum
		return nil
	})
	return applied, err
}

// createMigrationTable looks before it creates: IF NOT EXISTS would ask for the
// right to create tables even of a role that finds them all in place.
func createMigrationTable(ctx context.Context, tx pgx.Tx) error {
	var exists bool
	err := tx.QueryRow(ctx, `SELECT to_regclass('schema_migrations') IS NOT NULL`).Scan(&exists)
	if err != nil || exists {
		return err
	}
	_, err = tx.Exec(ctx, `
		CREATE TABLE schema_migrations (
			version    integer     PRIMARY KEY,
			name       text        NOT NULL,
			checksum   text        NOT NULL,
			applied_at timestamptz NOT NULL DEFAULT now()
		)`)
	return err
}

func apply(ctx context.Context, tx pgx.Tx, m migration) error {
	if _, err := tx.Exec(ctx, m.sql); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)`,
		m.version, m.name, m.checksum)
	return err
}

// loadMigrations reads the migrations in the order of their versions, which must be 1, 2, 3 and so on.
func loadMigrations(files fs.FS) ([]migration, error) {
	paths, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("listing the migrations: %w", err)
	}
	slices.Sort(paths)
	migrations := make([]migration, 0, len(paths))
	for i, p := range paths {
		m, err := loadMigration(files, p)
		if err != nil {
			return nil, err
		}
		if m.version != i+1 {
			return nil, fmt.Errorf("migration %s comes where number %04d was expected; number the migrations without gaps", m.name, i+1)
		}
		migrations = append(migrations, m)
	}
	if len(migrations) == 0 {
		return nil, errors.New("the build contains no migrations")
	}
	return migrations, nil
}

func loadMigration(files fs.FS, p string) (migration, error) {
	name := path.Base(p)
	parts := migrationName.FindStringSubmatch(name)
	if parts == nil {
		return migration{}, fmt.Errorf("migration %s is not named like 0001_documents.sql; rename it", name)
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil {
		return migration{}, fmt.Errorf("numbering migration %s: %w", name, err)
	}
	sql, err := fs.ReadFile(files, p)
	if err != nil {
		return migration{}, fmt.Errorf("reading migration %s: %w", name, err)
	}
	sum := sha256.Sum256(sql)
	return migration{version: version, name: name, sql: string(sql), checksum: hex.EncodeToString(sum[:])}, nil
}
