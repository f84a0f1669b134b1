package store

import (
	"strings"
	"testing"

	"github.com/neurondb/neuronip/api/internal/document"
)

func search(t *testing.T, s *Store, query string) document.Page[document.Hit] {
	t.Helper()
	page, err := s.Search(t.Context(), query, document.Window{Limit: 10})
	if err != nil {
		t.Fatalf("Search %q: %v", query, err)
	}
	return page
}

func titles(page document.Page[document.Hit]) string {
	var titles []string
	for _, hit := range page.Items {
		titles = append(titles, hit.Title)
	}
	return strings.Join(titles, ", ")
}

func text(snippet []document.Fragment) (all, matches string) {
	var a, m strings.Builder
	for _, f := range snippet {
		a.WriteString(f.Text)
		if f.Match {
			m.WriteString("[" + f.Text + "]")
		}
	}
	return a.String(), m.String()
}

func TestSearchUnderstandsWebSearchSyntax(t *testing.T) {
	s, _ := migrated(t)
	create(t, s, "Oranges", "An orange is a fruit. Apples are compared with it.")
	create(t, s, "Apples", "An apple grows on a tree in the garden.")
	create(t, s, "Garden", "A tree in a garden needs water.")
	tests := map[string]string{
		"apple":                 "Apples, Oranges", // A title counts for more; "apples" and "apple" are one word.
		"APPLES":                "Apples, Oranges",
		"apple -orange":         "Apples",
		`"garden needs water"`:  "Garden",
		"orange OR water":       "Oranges, Garden",
		"apple water":           "",
		"the":                   "",
		`"unbalanced (((`:       "",
		"'; DROP TABLE x; --":   "",
		"nothing-of-this-exist": "",
	}
	for query, want := range tests {
		t.Run(query, func(t *testing.T) {
			page := search(t, s, query)
			if got := titles(page); got != want || page.Total != len(page.Items) {
				t.Errorf("Search = %q of %d, want %q", got, page.Total, want)
			}
		})
	}
}

func TestSearchPages(t *testing.T) {
	s, _ := migrated(t)
	create(t, s, "Older", "word")
	create(t, s, "Newer", "word")
	page, err := s.Search(t.Context(), "word", document.Window{Limit: 1, Offset: 1})
	if err != nil {
		t.Fatalf("Search: %v", err)
	}
	if titles(page) != "Older" || page.Total != 2 {
		t.Errorf("second page = %q of %d, want Older of 2", titles(page), page.Total)
	}
	if score := page.Items[0].Score; score <= 0 {
		t.Errorf("score = %v, want more than 0", score)
	}
}

func TestSnippetsMarkMatches(t *testing.T) {
	s, _ := migrated(t)
	create(t, s, "Doc", strings.Repeat("filler text ", 100)+"where the needle hides "+strings.Repeat("more text ", 100))
	all, matches := text(search(t, s, "needle").Items[0].Snippet)
	if matches != "[needle]" || !strings.Contains(all, "where the needle hides") || len(all) > 500 {
		t.Errorf("snippet = %q with matches %s", all, matches)
	}
}

func TestSnippetsCannotBeForged(t *testing.T) {
	s, _ := migrated(t)
	create(t, s, "Doc", "A \x02forged\x03 mark and <b>bold</b> <script>alert(1)</script> near the \x03needle\x02 & more")
	all, matches := text(search(t, s, "needle").Items[0].Snippet)
	if matches != "[needle]" {
		t.Errorf("matches = %s, want only the word searched for", matches)
	}
	if strings.ContainsAny(all, "\x02\x03") || !strings.Contains(all, "forged mark") {
		t.Errorf("snippet = %q, want the markers gone and the text kept", all)
	}
}

func TestSnippetsAreShortWhateverTheContent(t *testing.T) {
	s, _ := migrated(t)
	create(t, s, "Needle", strings.Repeat("x", document.MaxContentLength))
	all, matches := text(search(t, s, "needle").Items[0].Snippet)
	if matches != "" || len([]rune(all)) > maxSnippetLength+1 {
		t.Errorf("snippet of %d characters with matches %q", len(all), matches)
	}
}
