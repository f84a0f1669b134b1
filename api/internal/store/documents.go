package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/neurondb/neuronip/api/internal/document"
)

// Create stores a draft and returns the document that it became.
func (s *Store) Create(ctx context.Context, draft document.Draft) (document.Document, error) {
	rows, err := s.pool.Query(ctx, `
		INSERT INTO documents (title, content) VALUES ($1, $2)
		RETURNING id::text, title, content, created_at, updated_at`,
		draft.Title, draft.Content)
	if err != nil {
		return document.Document{}, classify("storing a document", err)
	}
	doc, err := pgx.CollectExactlyOneRow(rows, scanDocument)
	return doc, classify("storing a document", err)
}

// Get returns one document or document.ErrNotFound.
func (s *Store) Get(ctx context.Context, id document.ID) (document.Document, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id::text, title, content, created_at, updated_at FROM documents WHERE id = $1`,
		string(id))
	if err != nil {
		return document.Document{}, classify("reading a document", err)
	}
	doc, err := pgx.CollectExactlyOneRow(rows, scanDocument)
	if errors.Is(err, pgx.ErrNoRows) {
		return document.Document{}, document.ErrNotFound
	}
	return doc, classify("reading a document", err)
}

// Delete removes one document; it returns document.ErrNotFound when there is none.
func (s *Store) Delete(ctx context.Context, id document.ID) error {
	tag, err := s.pool.Exec(ctx, `DELETE FROM documents WHERE id = $1`, string(id))
	if err != nil {
		return classify("deleting a document", err)
	}
	if tag.RowsAffected() == 0 {
		return document.ErrNotFound
	}
	return nil
}

// List returns a window of all documents, newest first.
func (s *Store) List(ctx context.Context, window document.Window) (document.Page[document.Summary], error) {
	var page document.Page[document.Summary]
	err := s.snapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM documents`).Scan(&page.Total); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT id::text, title, left(content, $1), created_at, updated_at
			FROM documents ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3`,
			document.ExcerptLength+1, window.Limit, window.Offset)
		if err != nil {
			return err
		}
		page.Items, err = pgx.CollectRows(rows, scanSummary)
		return err
	})
	return page, classify("listing documents", err)
}

// snapshot runs queries that see the same state of the database, so that a total fits its items.
func (s *Store) snapshot(ctx context.Context, read func(pgx.Tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, s.pool, options, read)
}

func scanDocument(row pgx.CollectableRow) (document.Document, error) {
	var d document.Document
	if err := row.Scan(&d.ID, &d.Title, &d.Content, &d.CreatedAt, &d.UpdatedAt); err != nil {
		return d, fmt.Errorf("scanning a document: %w", err)
	}
	d.CreatedAt, d.UpdatedAt = d.CreatedAt.UTC(), d.UpdatedAt.UTC()
	return d, nil
}

func scanSummary(row pgx.CollectableRow) (document.Summary, error) {
	var d document.Summary
	var head string
	if err := row.Scan(&d.ID, &d.Title, &head, &d.CreatedAt, &d.UpdatedAt); err != nil {
		return d, fmt.Errorf("scanning a document summary: %w", err)
	}
	d.CreatedAt, d.UpdatedAt = d.CreatedAt.UTC(), d.UpdatedAt.UTC()
	d.Excerpt = document.Excerpt(head)
	return d, nil
}
