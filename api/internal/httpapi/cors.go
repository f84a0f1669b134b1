package httpapi

import (
	"net/http"
	"slices"
)

// cors lets pages of the allowed origins use the API. The API knows no cookies
// and no logins, so credentials are never allowed, with or without "*".
func cors(allowedOrigins []string) func(http.Handler) http.Handler {
	everyOrigin := slices.Contains(allowedOrigins, "*")
	return func(next http.Handler) http.Handler {
		if len(allowedOrigins) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Add("Vary", "Origin")
			origin := r.Header.Get("Origin")
			preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
			if preflight {
				h.Add("Vary", "Access-Control-Request-Method")
				h.Add("Vary", "Access-Control-Request-Headers")
			}
			if origin == "" || !everyOrigin && !slices.Contains(allowedOrigins, origin) {
				next.ServeHTTP(w, r)
				return
			}
			if everyOrigin {
				origin = "*"
			}
			h.Set("Access-Control-Allow-Origin", origin)
			if preflight {
				h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE")
				h.Set("Access-Control-Allow-Headers", "Content-Type, "+requestIDHeader)
				h.Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
			h.Set("Access-Control-Expose-Headers", "Location, Retry-After, "+requestIDHeader)
			next.ServeHTTP(w, r)
		})
	}
}
