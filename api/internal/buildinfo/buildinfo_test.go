package buildinfo

import "testing"

func TestString(t *testing.T) {
	info := Info{Version: "1.2.3", Commit: "abc1234", Date: "2026-01-02T03:04:05Z"}
	const want = "neuronip-api 1.2.3 (commit abc1234, built 2026-01-02T03:04:05Z)"
	if got := info.String(); got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
}
