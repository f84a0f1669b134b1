package document

import (
	"strings"
	"testing"
)

func TestParseID(t *testing.T) {
	const canonical = "0f39a220-f408-42e1-b55f-31174718ccac"
	tests := map[string]struct {
		in   string
		want ID
		ok   bool
	}{
		"canonical":          {canonical, canonical, true},
		"upper case":         {strings.ToUpper(canonical), canonical, true},
		"empty":              {"", "", false},
		"without dashes":     {strings.ReplaceAll(canonical, "-", ""), "", false},
		"dash out of place":  {"0f39a22-0f408-42e1-b55f-31174718ccac", "", false},
		"not hexadecimal":    {"0f39a220-f408-42e1-b55f-31174718ccag", "", false},
		"braces":             {"{" + canonical + "}", "", false},
		"right length, text": {strings.Repeat("x", 36), "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := ParseID(test.in)
			if got != test.want || ok != test.ok {
				t.Errorf("ParseID(%q) = %q, %v, want %q, %v", test.in, got, ok, test.want, test.ok)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	tests := map[string]struct{ content, want string }{
		"short":                {"A line.", "A line."},
		"whitespace collapses": {"  two\n\n\twords ", "two words"},
		"exactly the length":   {strings.Repeat("ä", ExcerptLength), strings.Repeat("ä", ExcerptLength)},
		"one more is cut":      {strings.Repeat("ä", ExcerptLength+1), strings.Repeat("ä", ExcerptLength) + "…"},
		"ASCII is cut":         {strings.Repeat("a", 2*ExcerptLength), strings.Repeat("a", ExcerptLength) + "…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Excerpt(test.content); got != test.want {
				t.Errorf("Excerpt = %q, want %q", got, test.want)
			}
		})
	}
}

func TestValidation(t *testing.T) {
	window := Window{Limit: 1}
	tests := map[string]struct {
		violations []Violation
		want       string
	}{
		"valid draft":           {Draft{"t", "c"}.Validate(), ""},
		"longest draft":         {Draft{strings.Repeat("ä", 200), strings.Repeat("ä", 100_000)}.Validate(), ""},
		"empty draft":           {Draft{}.Validate(), "title content"},
		"blank title":           {Draft{" \n", "c"}.Validate(), "title"},
		"title too long":        {Draft{strings.Repeat("a", 201), "c"}.Validate(), "title"},
		"content too long":      {Draft{"t", strings.Repeat("a", 100_001)}.Validate(), "content"},
		"NUL":                   {Draft{"t", "a\x00b"}.Validate(), "content"},
		"invalid UTF-8 query":   {ValidateQuery("\xff"), "q"},
		"empty query":           {ValidateQuery(""), "q"},
		"longest query":         {ValidateQuery(strings.Repeat("a", 500)), ""},
		"query too long":        {ValidateQuery(strings.Repeat("a", 501)), "q"},
		"smallest window":       {window.Validate(), ""},
		"largest window":        {Window{100, 1_000_000}.Validate(), ""},
		"window without limit":  {Window{0, 0}.Validate(), "limit"},
		"window past both ends": {Window{101, 1_000_001}.Validate(), "limit offset"},
		"negative window":       {Window{-1, -1}.Validate(), "limit offset"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var fields []string
			for _, v := range test.violations {
				fields = append(fields, v.Field)
			}
			if got := strings.Join(fields, " "); got != test.want {
				t.Errorf("fields at fault: %q (%v), want %q", got, test.violations, test.want)
			}
		})
	}
}
