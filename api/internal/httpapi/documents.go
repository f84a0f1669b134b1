package httpapi

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/neurondb/neuronip/api/internal/document"
)

const defaultLimit = 20

type listReply[T any] struct {
	Items  []T `json:"items"`
	Total  int `json:"total"`
	Limit  int `json:"limit"`
	Offset int `json:"offset"`
}

type searchReply struct {
	Query string `json:"query"`
	listReply[document.Hit]
}

func (a *api) createDocument(w http.ResponseWriter, r *http.Request) {
	var draft document.Draft
	if err := readJSON(r, &draft); err != nil {
		a.fail(w, r, err)
		return
	}
	if violations := draft.Validate(); violations != nil {
		a.fail(w, r, invalid(violations))
		return
	}
	doc, err := a.documents.Create(r.Context(), draft)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Location", documentsPath+"/"+string(doc.ID))
	writeJSON(w, http.StatusCreated, "application/json", doc)
}

func (a *api) getDocument(w http.ResponseWriter, r *http.Request) {
	id, err := pathID(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	doc, err := a.documents.Get(r.Context(), id)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", doc)
}

func (a *api) deleteDocument(w http.ResponseWriter, r *http.Request) {
	id, err := pathID(r)
	if err == nil {
		err = a.documents.Delete(r.Context(), id)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *api) listDocuments(w http.ResponseWriter, r *http.Request) {
	query, err := parseQuery(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	window, violations := parseWindow(query)
	if violations != nil {
		a.fail(w, r, invalid(violations))
		return
	}
	page, err := a.documents.List(r.Context(), window)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", newListReply(page, window))
}

func (a *api) searchDocuments(w http.ResponseWriter, r *http.Request) {
	query, err := parseQuery(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	window, violations := parseWindow(query)
	terms := query.Get("q")
	violations = append(document.ValidateQuery(terms), violations...)
	if violations != nil {
		a.fail(w, r, invalid(violations))
		return
	}
	page, err := a.documents.Search(r.Context(), terms, window)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", searchReply{Query: terms, listReply: newListReply(page, window)})
}

func newListReply[T any](page document.Page[T], window document.Window) listReply[T] {
	items := page.Items
	if items == nil {
		items = []T{} // An empty list in JSON is [], never null.
	}
	return listReply[T]{Items: items, Total: page.Total, Limit: window.Limit, Offset: window.Offset}
}

// pathID treats a malformed identifier as one that no document has.
func pathID(r *http.Request) (document.ID, error) {
	id, ok := document.ParseID(chi.URLParam(r, "id"))
	if !ok {
		return "", document.ErrNotFound
	}
	return id, nil
}

func parseQuery(r *http.Request) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &httpError{status: http.StatusBadRequest,
			detail: "The query string is malformed; percent-encode the values in it."}
	}
	return query, nil
}

func parseWindow(query url.Values) (document.Window, []document.Violation) {
	var window document.Window
	var unreadable []document.Violation
	for _, parameter := range []struct {
		name     string
		fallback int
		into     *int
	}{{"limit", defaultLimit, &window.Limit}, {"offset", 0, &window.Offset}} {
		number, err := strconv.Atoi(query.Get(parameter.name))
		if err != nil {
			number = parameter.fallback
		}
		if err != nil && query.Has(parameter.name) {
			unreadable = append(unreadable, document.Violation{
				Field: parameter.name, Detail: parameter.name + " must be a whole number"})
		}
		*parameter.into = number
	}
	return window, append(unreadable, window.Validate()...)
}
