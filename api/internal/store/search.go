package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/neurondb/neuronip/api/internal/document"
)

const (
	matchStart = "\x02"
	matchStop  = "\x03"

	headlineOptions = "StartSel=" + matchStart + ", StopSel=" + matchStop +
		", MaxFragments=2, MinWords=10, MaxWords=30, ShortWord=0, FragmentDelimiter=\" … \""
)

// Only the rows of the page get a headline: it parses the whole content again.
// Removing the marker characters from the content first makes every marker that
// comes back one that PostgreSQL set.
const searchPage = `
	WITH page AS MATERIALIZED (
		SELECT id, title, content, created_at,
		       ts_rank(search_vector, websearch_to_tsquery('english', $1)) AS score
		FROM documents
		WHERE search_vector @@ websearch_to_tsquery('english', $1)
		ORDER BY score DESC, created_at DESC, id DESC
		LIMIT $2 OFFSET $3
	)
	SELECT id::text, title, score,
	       ts_headline('english', translate(content, $4, ''), websearch_to_tsquery('english', $1), $5)
	FROM page
	ORDER BY score DESC, created_at DESC, id DESC`

// Search returns a window of the documents that match a query in the syntax of web search engines, best first.
func (s *Store) Search(ctx context.Context, query string, window document.Window) (document.Page[document.Hit], error) {
	var page document.Page[document.Hit]
	err := s.snapshot(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			SELECT count(*) FROM documents WHERE search_vector @@ websearch_to_tsquery('english', $1)`,
			query).Scan(&page.Total)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, searchPage,
			query, window.Limit, window.Offset, matchStart+matchStop, headlineOptions)
		if err != nil {
			return err
		}
		page.Items, err = pgx.CollectRows(rows, scanHit)
		return err
	})
	return page, classify("searching documents", err)
}

func scanHit(row pgx.CollectableRow) (document.Hit, error) {
	var hit document.Hit
	var headline string
	if err := row.Scan(&hit.ID, &hit.Title, &hit.Score, &headline); err != nil {
		return hit, fmt.Errorf("scanning a search result: %w", err)
	}
	hit.Snippet = fragments(headline)
	return hit, nil
}
