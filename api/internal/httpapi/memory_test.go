package httpapi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/neurondb/neuronip/api/internal/document"
)

var createdAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// memoryStore is a DocumentStore without a database; fail, when set, replaces every answer.
type memoryStore struct {
	mu        sync.Mutex
	documents []document.Document
	fail      func(ctx context.Context) error
}

func (m *memoryStore) Create(ctx context.Context, draft document.Draft) (document.Document, error) {
	if err := m.failure(ctx); err != nil {
		return document.Document{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	doc := document.Document{
		ID:    document.ID(fmt.Sprintf("00000000-0000-4000-8000-%012d", len(m.documents)+1)),
		Title: draft.Title, Content: draft.Content, CreatedAt: createdAt, UpdatedAt: createdAt,
	}
	m.documents = append(m.documents, doc)
	return doc, nil
}

func (m *memoryStore) Get(ctx context.Context, id document.ID) (document.Document, error) {
	if err := m.failure(ctx); err != nil {
		return document.Document{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.index(id); i >= 0 {
		return m.documents[i], nil
	}
	return document.Document{}, document.ErrNotFound
}

func (m *memoryStore) Delete(ctx context.Context, id document.ID) error {
	if err := m.failure(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.index(id)
	if i < 0 {
		return document.ErrNotFound
	}
	m.documents = slices.Delete(m.documents, i, i+1)
	return nil
}

func (m *memoryStore) List(ctx context.Context, window document.Window) (document.Page[document.Summary], error) {
	if err := m.failure(ctx); err != nil {
		return document.Page[document.Summary]{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []document.Summary
	for _, d := range m.documents {
		all = append(all, document.Summary{ID: d.ID, Title: d.Title, CreatedAt: d.CreatedAt,
			UpdatedAt: d.UpdatedAt, Excerpt: document.Excerpt(d.Content)})
	}
	return cut(all, window), nil
}

func (m *memoryStore) Search(ctx context.Context, query string, window document.Window) (document.Page[document.Hit], error) {
	if err := m.failure(ctx); err != nil {
		return document.Page[document.Hit]{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []document.Hit
	for _, d := range m.documents {
		before, after, ok := strings.Cut(d.Content, query)
		if ok {
			all = append(all, document.Hit{ID: d.ID, Title: d.Title, Score: 0.5,
				Snippet: []document.Fragment{{Text: before}, {Text: query, Match: true}, {Text: after}}})
		}
	}
	return cut(all, window), nil
}

func (m *memoryStore) failure(ctx context.Context) error {
	if m.fail == nil {
		return nil
	}
	return m.fail(ctx)
}

func (m *memoryStore) index(id document.ID) int {
	return slices.IndexFunc(m.documents, func(d document.Document) bool { return d.ID == id })
}

func cut[T any](all []T, window document.Window) document.Page[T] {
	from := min(window.Offset, len(all))
	to := min(from+window.Limit, len(all))
	return document.Page[T]{Items: all[from:to], Total: len(all)}
}
