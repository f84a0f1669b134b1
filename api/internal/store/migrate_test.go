package store

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/neurondb/neuronip/api/internal/testdb"
)

func TestLoadMigrationsChecksTheFiles(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("SELECT 1")}
	tests := map[string]struct {
		files fstest.MapFS
		want  string
	}{
		"none":        {fstest.MapFS{}, "no migrations"},
		"bad name":    {fstest.MapFS{"migrations/first.sql": file}, "not named like"},
		"gap":         {fstest.MapFS{"migrations/0001_a.sql": file, "migrations/0003_c.sql": file}, "0002"},
		"same number": {fstest.MapFS{"migrations/0001_a.sql": file, "migrations/0001_b.sql": file}, "0002"},
		"unreadable":  {fstest.MapFS{"migrations/0001_a.sql/x": file}, "reading migration"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := loadMigrations(test.files)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("loadMigrations: %v, want %q", err, test.want)
			}
		})
	}
}

func TestEmbeddedMigrationsLoad(t *testing.T) {
	migrations, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatalf("loadMigrations: %v", err)
	}
	if first := migrations[0]; first.version != 1 || len(first.checksum) != 64 {
		t.Errorf("first migration is %+v", first)
	}
}

func TestMigrateBySeveralInstancesAtOnce(t *testing.T) {
	db := testdb.New(t)
	const instances = 4
	failures := make(chan error, instances)
	var running sync.WaitGroup
	for range instances {
		s := open(t, db)
		running.Go(func() { failures <- s.Migrate(t.Context()) })
	}
	running.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Errorf("Migrate: %v", err)
		}
	}
	s := open(t, db)
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("Migrate once more: %v", err)
	}
	migrations, err := loadMigrations(migrationFiles)
	if err != nil {
		t.Fatalf("loadMigrations: %v", err)
	}
	var recorded int
	if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM schema_migrations`).Scan(&recorded); err != nil {
		t.Fatalf("counting: %v", err)
	}
	if recorded != len(migrations) {
		t.Errorf("%d migrations are recorded, want %d", recorded, len(migrations))
	}
}

func TestMigrateRefusesAChangedMigration(t *testing.T) {
	s, db := migrated(t)
	testdb.Exec(t, db, `UPDATE schema_migrations SET checksum = 'other'`)
	err := s.Migrate(t.Context())
	if err == nil || !strings.Contains(err.Error(), "0001_documents.sql was applied with other contents") {
		t.Errorf("Migrate: %v", err)
	}
}

func TestMigrateToleratesANewerDatabase(t *testing.T) {
	s, db := migrated(t)
	testdb.Exec(t, db, `INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, '9999_later.sql', 'x')`)
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("Migrate: %v", err)
	}
}

func TestMigrateLeavesNothingBehindWhenItFails(t *testing.T) {
	db := testdb.New(t)
	testdb.Exec(t, db, `CREATE TABLE documents ()`)
	s := open(t, db)
	err := s.Migrate(t.Context())
	if err == nil || !strings.Contains(err.Error(), "applying migration 0001_documents.sql") {
		t.Errorf("Migrate: %v", err)
	}
	testdb.Exec(t, db, `DROP TABLE documents`)
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("Migrate after the obstacle is gone: %v", err)
	}
}
