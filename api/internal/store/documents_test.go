package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/neurondb/neuronip/api/internal/config"
	"github.com/neurondb/neuronip/api/internal/document"
	"github.com/neurondb/neuronip/api/internal/testdb"
)

func open(t *testing.T, db config.Database) *Store {
	t.Helper()
	s, err := Open(db)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

func migrated(t *testing.T) (*Store, config.Database) {
	t.Helper()
	db := testdb.New(t)
	s := open(t, db)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	return s, db
}

func create(t *testing.T, s *Store, title, content string) document.Document {
	t.Helper()
	doc, err := s.Create(t.Context(), document.Draft{Title: title, Content: content})
	if err != nil {
		t.Fatalf("Create %q: %v", title, err)
	}
	return doc
}

func TestDocumentsAreStoredReadAndDeleted(t *testing.T) {
	s, _ := migrated(t)
	created := create(t, s, "Ünïcode 🎉", "First line.\nSecond line.")
	if _, ok := document.ParseID(string(created.ID)); !ok {
		t.Errorf("id = %q, want a UUID", created.ID)
	}
	if created.CreatedAt.IsZero() || created.CreatedAt.Location() != time.UTC || created.CreatedAt != created.UpdatedAt {
		t.Errorf("created at %v, updated at %v", created.CreatedAt, created.UpdatedAt)
	}
	got, err := s.Get(t.Context(), created.ID)
	if err != nil || got != created {
		t.Errorf("Get = %+v, %v, want %+v", got, err, created)
	}
	if err := s.Delete(t.Context(), created.ID); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if err := s.Delete(t.Context(), created.ID); !errors.Is(err, document.ErrNotFound) {
		t.Errorf("second Delete: %v, want ErrNotFound", err)
	}
	if _, err := s.Get(t.Context(), created.ID); !errors.Is(err, document.ErrNotFound) {
		t.Errorf("Get after Delete: %v, want ErrNotFound", err)
	}
}

func TestDocumentsOfTheLargestSizeAreStored(t *testing.T) {
	s, _ := migrated(t)
	var distinct strings.Builder
	for i := 0; distinct.Len() < document.MaxContentLength; i++ {
		fmt.Fprintf(&distinct, "%x-", i)
	}
	contents := map[string]string{
		"four-byte characters": strings.Repeat("🎉", document.MaxContentLength),
		"four-byte letters":    strings.Repeat("𐐀𐐁 ", document.MaxContentLength/3),
		"distinct words":       distinct.String()[:document.MaxContentLength],
		"one word":             strings.Repeat("a", document.MaxContentLength),
	}
	for name, content := range contents {
		t.Run(name, func(t *testing.T) {
			create(t, s, strings.Repeat("𐐀", document.MaxTitleLength), content)
		})
	}
}

func TestListPagesNewestFirst(t *testing.T) {
	s, _ := migrated(t)
	for i := range 5 {
		create(t, s, fmt.Sprintf("Document %d", i), strings.Repeat("word ", 100))
	}
	tests := map[string]struct {
		window document.Window
		want   string
	}{
		"first page":  {document.Window{Limit: 2}, "Document 4, Document 3"},
		"second page": {document.Window{Limit: 2, Offset: 2}, "Document 2, Document 1"},
		"last page":   {document.Window{Limit: 2, Offset: 4}, "Document 0"},
		"past it":     {document.Window{Limit: 2, Offset: 5}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			page, err := s.List(t.Context(), test.window)
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			var titles []string
			for _, item := range page.Items {
				titles = append(titles, item.Title)
				if !strings.HasPrefix(item.Excerpt, "word word") || !strings.HasSuffix(item.Excerpt, "…") {
					t.Errorf("excerpt = %q", item.Excerpt)
				}
			}
			if got := strings.Join(titles, ", "); got != test.want || page.Total != 5 {
				t.Errorf("List = %s of %d, want %s of 5", got, page.Total, test.want)
			}
		})
	}
}

func TestAnUnreachableDatabaseIsUnavailable(t *testing.T) {
	proxy, db := testdb.NewProxy(t, config.Database{Host: "127.0.0.1", Port: 1, User: "app", Name: "docs", SSLMode: "disable"})
	proxy.Down()
	s := open(t, db)
	ctx := t.Context()
	calls := map[string]func() error{
		"Ping":   func() error { return classify("pinging", s.Ping(ctx)) },
		"Create": func() error { _, err := s.Create(ctx, document.Draft{}); return err },
		"Get":    func() error { _, err := s.Get(ctx, ""); return err },
		"Delete": func() error { return s.Delete(ctx, "") },
		"List":   func() error { _, err := s.List(ctx, document.Window{}); return err },
		"Search": func() error { _, err := s.Search(ctx, "", document.Window{}); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			if err := call(); !errors.Is(err, document.ErrUnavailable) {
				t.Errorf("%v, want ErrUnavailable", err)
			}
		})
	}
}

func TestTheServerStopsAQueryThatWasGivenUp(t *testing.T) {
	s, _ := migrated(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.pool.Exec(ctx, `SELECT pg_sleep(60)`)
		ended <- err
	}()
	waitForSleepers(t, s, 1)
	cancel()
	if err := <-ended; err == nil {
		t.Error("the query ended as if it had not been given up")
	}
	waitForSleepers(t, s, 0)
}

// waitForSleepers asks the server again and again how many queries sleep in this database.
func waitForSleepers(t *testing.T, s *Store, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		var sleepers int
		err := s.control.QueryRow(ctx, `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'PgSleep'`).Scan(&sleepers)
		if err != nil {
			t.Fatalf("waiting for %d sleeping queries: %v", want, err)
		}
		if sleepers == want {
			return
		}
	}
}
