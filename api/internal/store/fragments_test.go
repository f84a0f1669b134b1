package store

import (
	"reflect"
	"strings"
	"testing"

	"github.com/neurondb/neuronip/api/internal/document"
)

func TestFragments(t *testing.T) {
	long := strings.Repeat("ä", maxSnippetLength+1)
	tests := map[string]struct {
		headline string
		want     []document.Fragment
	}{
		"empty":            {"", []document.Fragment{}},
		"no match":         {"plain text", []document.Fragment{{Text: "plain text"}}},
		"only a match":     {"\x02word\x03", []document.Fragment{{Text: "word", Match: true}}},
		"match in between": {"a \x02word\x03 b", []document.Fragment{{Text: "a "}, {Text: "word", Match: true}, {Text: " b"}}},
		"matches in a row": {"\x02a\x03\x02b\x03", []document.Fragment{{Text: "a", Match: true}, {Text: "b", Match: true}}},
		"marker not ended": {"a \x02b", []document.Fragment{{Text: "a "}, {Text: "b", Match: true}}},
		"markup is text":   {"<b>\x02x\x03</b>", []document.Fragment{{Text: "<b>"}, {Text: "x", Match: true}, {Text: "</b>"}}},
		"whitespace":       {" a\n\n \x02b\x03\t", []document.Fragment{{Text: "a "}, {Text: "b", Match: true}}},
		"too long": {"a\x02" + long + "\x03b", []document.Fragment{
			{Text: "a"}, {Text: strings.Repeat("ä", maxSnippetLength-1) + "…", Match: true}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := fragments(test.headline); !reflect.DeepEqual(got, test.want) {
				t.Errorf("fragments(%q) = %+v, want %+v", test.headline, got, test.want)
			}
		})
	}
}
