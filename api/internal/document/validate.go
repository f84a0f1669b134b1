package document

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits on what clients may send, in characters (not bytes) where they are lengths.
const (
	MaxTitleLength   = 200
	MaxContentLength = 100_000
	MaxQueryLength   = 500
	MaxLimit         = 100
	MaxOffset        = 1_000_000
)

// Draft is a document that a client asks to create.
type Draft struct {
	Title   string `json:"title"`
	Content string `json:"content"`
}

// Violation says which rule a field breaks and how to obey it.
type Violation struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Validate returns the rules that the draft breaks; none means it can be stored.
func (d Draft) Validate() []Violation {
	return append(
		checkText("title", d.Title, MaxTitleLength),
		checkText("content", d.Content, MaxContentLength)...)
}

// ValidateQuery returns the rules that a search query breaks.
func ValidateQuery(query string) []Violation {
	return checkText("q", query, MaxQueryLength)
}

// Validate returns the rules that the window breaks.
func (w Window) Validate() []Violation {
	var violations []Violation
	if w.Limit < 1 || w.Limit > MaxLimit {
		violations = append(violations, Violation{"limit",
			fmt.Sprintf("limit is %d; it must be a whole number from 1 to %d", w.Limit, MaxLimit)})
	}
	if w.Offset < 0 || w.Offset > MaxOffset {
		violations = append(violations, Violation{"offset",
			fmt.Sprintf("offset is %d; it must be a whole number from 0 to %d", w.Offset, MaxOffset)})
	}
	return violations
}

func checkText(field, text string, limit int) []Violation {
	violation := func(format string, args ...any) []Violation {
		return []Violation{{field, fmt.Sprintf(format, args...)}}
	}
	length := characters(text)
	switch {
	case strings.TrimSpace(text) == "":
		return violation("%s is empty; it must have 1 to %d characters, at least one of them visible", field, limit)
	case length > limit:
		return violation("%s has %d characters; at most %d are allowed", field, length, limit)
	case !utf8.ValidString(text):
		return violation("%s is not valid UTF-8; send it UTF-8 encoded", field)
	case strings.ContainsRune(text, 0):
		// PostgreSQL cannot store U+0000 in a text column.
		return violation("%s contains the character U+0000; remove it", field)
	}
	return nil
}
