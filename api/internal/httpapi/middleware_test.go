package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestRequestID(t *testing.T) {
	tests := map[string]struct {
		sent string
		kept bool
	}{
		"none":           {"", false},
		"usable":         {"abc-123_4.5", true},
		"longest":        {strings.Repeat("a", 64), true},
		"too long":       {strings.Repeat("a", 65), false},
		"other alphabet": {`a"b`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newService()
			got := s.send(http.MethodGet, documentsPath, "", "X-Request-Id", test.sent).Header().Get("X-Request-Id")
			if got == "" || (got == test.sent) != test.kept {
				t.Errorf("X-Request-Id = %q after %q was sent", got, test.sent)
			}
			if !strings.Contains(s.log.String(), got) {
				t.Errorf("log = %s, want the request id in it", s.log)
			}
		})
	}
}

func TestRequestsAreLogged(t *testing.T) {
	s := newService()
	s.send(http.MethodGet, searchPath+"?q=private", "")
	s.send(http.MethodGet, "/health", "")
	var entry struct {
		Msg, Method, Route, Path string
		Status, Bytes            int
	}
	decoder := json.NewDecoder(strings.NewReader(s.log.String()))
	if err := decoder.Decode(&entry); err != nil {
		t.Fatalf("the log is not JSON: %v", err)
	}
	if entry.Msg != "request" || entry.Method != http.MethodGet || entry.Route != searchPath ||
		entry.Path != searchPath || entry.Status != 200 || entry.Bytes == 0 {
		t.Errorf("entry = %+v", entry)
	}
	if decoder.More() {
		t.Error("a probe is logged at the level info")
	}
	if strings.Contains(s.log.String(), "private") {
		t.Error("the log tells what was searched for")
	}
}

func TestSecurityHeaders(t *testing.T) {
	for _, path := range []string{"/health", documentsPath, "/nothing"} {
		header := newService().send(http.MethodGet, path, "").Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options":      "nosniff",
			"Cache-Control":               "no-store",
			"Content-Security-Policy":     "default-src 'none'; frame-ancestors 'none'",
			"Referrer-Policy":             "no-referrer",
			"Access-Control-Allow-Origin": "",
			"Vary":                        "",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s of %s = %q, want %q", name, path, got, want)
			}
		}
	}
}

func TestCORS(t *testing.T) {
	const origin = "https://app.example.com"
	tests := map[string]struct {
		configured []string
		sent       string
		want       string
	}{
		"configured":       {[]string{"https://other.example.com", origin}, origin, origin},
		"every origin":     {[]string{"*"}, origin, "*"},
		"another origin":   {[]string{origin}, "https://evil.example.com", ""},
		"a longer origin":  {[]string{origin}, origin + ".evil.example.com", ""},
		"null":             {[]string{origin}, "null", ""},
		"no origin":        {[]string{origin}, "", ""},
		"nothing allowed":  {nil, origin, ""},
		"case must match":  {[]string{origin}, "HTTPS://APP.EXAMPLE.COM", ""},
		"another protocol": {[]string{origin}, "http://app.example.com", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newService(func(o *Options) { o.AllowedOrigins = test.configured })
			simple := s.send(http.MethodGet, documentsPath, "", "Origin", test.sent)
			preflight := s.send(http.MethodOptions, documentsPath, "", "Origin", test.sent, "Access-Control-Request-Method", "POST")
			for _, header := range []http.Header{simple.Header(), preflight.Header()} {
				if got := header.Get("Access-Control-Allow-Origin"); got != test.want {
					t.Errorf("Access-Control-Allow-Origin = %q, want %q", got, test.want)
				}
				if header.Get("Access-Control-Allow-Credentials") != "" {
					t.Error("credentials are allowed")
				}
				if test.configured != nil && !strings.Contains(strings.Join(header.Values("Vary"), ","), "Origin") {
					t.Errorf("Vary = %q, want Origin in it", header.Values("Vary"))
				}
			}
			checkPreflight(t, preflight.Code, preflight.Header(), test.want != "")
		})
	}
}

func checkPreflight(t *testing.T, status int, header http.Header, allowed bool) {
	t.Helper()
	if !allowed {
		if status != http.StatusMethodNotAllowed || header.Get("Access-Control-Allow-Methods") != "" {
			t.Errorf("preflight = %d %v, want no permission", status, header)
		}
		return
	}
	if status != http.StatusNoContent || !strings.Contains(header.Get("Access-Control-Allow-Methods"), "DELETE") ||
		!strings.Contains(header.Get("Access-Control-Allow-Headers"), "Content-Type") {
		t.Errorf("preflight = %d %v", status, header)
	}
}
