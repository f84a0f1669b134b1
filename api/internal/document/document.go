// Package document holds the things the service is about: documents, pages of
// them and search results, with the rules they obey.
package document

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrNotFound means that no document has the identifier asked for.
	ErrNotFound = errors.New("no such document")
	// ErrUnavailable means that the documents cannot be reached at present.
	ErrUnavailable = errors.New("the document store is unavailable")
)

// ID identifies a document: a UUID in its canonical lower-case form.
type ID string

// Document is one stored text.
type Document struct {
	ID        ID        `json:"id"`
	Title     string    `json:"title"`
	Content   string    `json:"content"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Summary is a document as a list shows it.
type Summary struct {
	ID        ID        `json:"id"`
	Title     string    `json:"title"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Excerpt   string    `json:"excerpt"`
}

// Fragment is a run of plain text in a snippet; Match marks the words searched for.
type Fragment struct {
	Text  string `json:"text"`
	Match bool   `json:"match"`
}

// Hit is one search result.
type Hit struct {
	ID      ID         `json:"id"`
	Title   string     `json:"title"`
	Snippet []Fragment `json:"snippet"`
	Score   float32    `json:"score"`
}

// Window selects a part of an ordered result.
type Window struct {
	Limit  int
	Offset int
}

// Page is the part of a result that a Window selects, with the size of the whole.
type Page[T any] struct {
	Items []T
	Total int
}

// ExcerptLength is the number of leading characters that an excerpt is made from.
const ExcerptLength = 200

// Excerpt returns the beginning of content on one line, with an ellipsis when
// content goes on. ExcerptLength+1 leading characters of content are enough for it.
func Excerpt(content string) string {
	head, cut := truncate(content, ExcerptLength)
	line := strings.Join(strings.Fields(head), " ")
	if cut {
		return line + "…"
	}
	return line
}

// ParseID accepts a UUID of 36 characters in either case.
func ParseID(s string) (ID, bool) {
	if len(s) != 36 {
		return "", false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return "", false
			}
			continue
		}
		if !isHex(s[i]) {
			return "", false
		}
	}
	return ID(strings.ToLower(s)), true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func truncate(s string, characters int) (head string, cut bool) {
	if len(s) <= characters {
		return s, false
	}
	for i := range s {
		if characters == 0 {
			return s[:i], true
		}
		characters--
	}
	return s, false
}

func characters(s string) int { return utf8.RuneCountInString(s) }
