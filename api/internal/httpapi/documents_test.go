package httpapi

import (
	"net/http"
	"strings"
	"testing"
)

const (
	firstPath = documentsPath + "/00000000-0000-4000-8000-000000000001"
	first     = `{"id":"00000000-0000-4000-8000-000000000001","title":"Greeting","content":"Hello, world",` +
		`"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}`
)

func TestDocumentLifecycle(t *testing.T) {
	s := newService()
	created := s.post(`{"title":"Greeting","content":"Hello, world"}`)
	checkBody(t, created, http.StatusCreated, first)
	if got := created.Header().Get("Location"); got != firstPath {
		t.Errorf("Location = %q, want %q", got, firstPath)
	}
	checkBody(t, s.send(http.MethodGet, firstPath, ""), http.StatusOK, first)
	checkBody(t, s.send(http.MethodGet, documentsPath, ""), http.StatusOK,
		`{"items":[{"id":"00000000-0000-4000-8000-000000000001","title":"Greeting","created_at":"2026-01-02T03:04:05Z",`+
			`"updated_at":"2026-01-02T03:04:05Z","excerpt":"Hello, world"}],"total":1,"limit":20,"offset":0}`)
	checkBody(t, s.send(http.MethodGet, searchPath+"?q=Hello", ""), http.StatusOK,
		`{"query":"Hello","items":[{"id":"00000000-0000-4000-8000-000000000001","title":"Greeting",`+
			`"snippet":[{"text":"","match":false},{"text":"Hello","match":true},{"text":", world","match":false}],`+
			`"score":0.5}],"total":1,"limit":20,"offset":0}`)
	checkBody(t, s.send(http.MethodDelete, firstPath, ""), http.StatusNoContent, "")
	checkProblem(t, s.send(http.MethodGet, firstPath, ""), http.StatusNotFound, "No document")
	checkProblem(t, s.send(http.MethodDelete, firstPath, ""), http.StatusNotFound, "No document")
}

func TestEmptyListsAreArrays(t *testing.T) {
	s := newService()
	checkBody(t, s.send(http.MethodGet, documentsPath+"?limit=5&offset=7", ""), http.StatusOK,
		`{"items":[],"total":0,"limit":5,"offset":7}`)
	checkBody(t, s.send(http.MethodGet, searchPath+"?q=x&limit=5&offset=7", ""), http.StatusOK,
		`{"query":"x","items":[],"total":0,"limit":5,"offset":7}`)
}

func TestCreateRejectsBadBodies(t *testing.T) {
	tests := map[string]struct {
		body   string
		status int
		detail string
	}{
		"empty":              {"", 400, "empty"},
		"not JSON":           {"title=x", 400, "not valid JSON at byte"},
		"cut off":            {`{"title":"x"`, 400, "ends in the middle"},
		"array":              {`[]`, 400, "JSON array"},
		"wrong type":         {`{"title":1}`, 400, `"title" is a JSON number; send a string`},
		"unknown field":      {`{"title":"a","content":"b","owner":"c"}`, 400, `"owner"`},
		"trailing value":     {`{"title":"a","content":"b"}{}`, 400, "goes on"},
		"trailing text":      {`{"title":"a","content":"b"} x`, 400, "goes on"},
		"too long":           {`{"title":"` + strings.Repeat("a", maxBodyBytes) + `"}`, 413, "1048576 bytes"},
		"too long afterward": {`{"title":"a","content":"b"}` + strings.Repeat(" ", maxBodyBytes), 413, "1048576 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			checkProblem(t, newService().post(test.body), test.status, test.detail)
		})
	}
}

func TestCreateRequiresJSON(t *testing.T) {
	for contentType, status := range map[string]int{
		"":                                  415,
		"text/plain":                        415,
		"application/x-www-form-urlencoded": 415,
		"application/json/x":                415,
		"application/json; charset=utf-8":   201,
		"Application/JSON":                  201,
	} {
		t.Run(contentType, func(t *testing.T) {
			response := newService().send(http.MethodPost, documentsPath, `{"title":"a","content":"b"}`, "Content-Type", contentType)
			if response.Code != status {
				t.Errorf("status = %d, want %d", response.Code, status)
			}
		})
	}
}

func TestRulesAreListed(t *testing.T) {
	tests := map[string]struct{ method, target, body, fields string }{
		"draft without values":  {"POST", documentsPath, `{}`, "title content"},
		"null":                  {"POST", documentsPath, `null`, "title content"},
		"title too long":        {"POST", documentsPath, `{"title":"` + strings.Repeat("ä", 201) + `","content":"c"}`, "title"},
		"NUL":                   {"POST", documentsPath, `{"title":"a\u0000","content":"c"}`, "title"},
		"limit is zero":         {"GET", documentsPath + "?limit=0", "", "limit"},
		"limit is a word":       {"GET", documentsPath + "?limit=all&offset=-1", "", "limit offset"},
		"limit is empty":        {"GET", documentsPath + "?limit=", "", "limit"},
		"offset is a fraction":  {"GET", documentsPath + "?offset=1.5", "", "offset"},
		"search without query":  {"GET", searchPath, "", "q"},
		"search with all wrong": {"GET", searchPath + "?q=%00&limit=1000&offset=x", "", "q offset limit"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			response := newService().send(test.method, test.target, test.body, "Content-Type", jsonType)
			var fields []string
			for _, e := range checkProblem(t, response, http.StatusUnprocessableEntity, "errors").Errors {
				fields = append(fields, e.Field)
				if !strings.Contains(e.Detail, e.Field) {
					t.Errorf("detail %q does not name the field", e.Detail)
				}
			}
			if got := strings.Join(fields, " "); got != test.fields {
				t.Errorf("errors are about %q, want %q", got, test.fields)
			}
		})
	}
}

func TestMalformedQueryString(t *testing.T) {
	for _, path := range []string{documentsPath, searchPath} {
		checkProblem(t, newService().send(http.MethodGet, path+"?q=%zz", ""), http.StatusBadRequest, "percent-encode")
	}
}

func TestAnIdentifierThatIsNoneIsNotFound(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		checkProblem(t, newService().send(method, documentsPath+"/1", ""), http.StatusNotFound, "No document")
	}
}
