package store

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/neurondb/neuronip/api/internal/document"
)

// maxSnippetLength bounds a snippet in characters: ts_headline counts words, and a word can be as long as the content.
const maxSnippetLength = 500

var whitespace = regexp.MustCompile(`\s+`)

// fragments splits a headline at its markers into plain text and matches.
func fragments(headline string) []document.Fragment {
	snippet := []document.Fragment{}
	rest := strings.TrimSpace(whitespace.ReplaceAllString(headline, " "))
	room := maxSnippetLength
	for match := false; rest != ""; match = !match {
		marker := matchStart
		if match {
			marker = matchStop
		}
		text, after, _ := strings.Cut(rest, marker)
		rest = after
		if text == "" {
			continue
		}
		length := utf8.RuneCountInString(text)
		if length > room {
			return append(snippet, document.Fragment{Text: string([]rune(text)[:room]) + "…", Match: match})
		}
		room -= length
		snippet = append(snippet, document.Fragment{Text: text, Match: match})
	}
	return snippet
}
