package httpapi

import (
	"net/http"

	"github.com/neurondb/neuronip/api/internal/database"
)

type healthReply struct {
	Status    string         `json:"status"`
	Version   string         `json:"version"`
	Commit    string         `json:"commit"`
	BuildDate string         `json:"build_date"`
	Database  database.State `json:"database"`
}

type readyReply struct {
	Status   string         `json:"status"`
	Database database.State `json:"database"`
}

func (a *api) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", healthReply{
		Status:    "ok",
		Version:   a.build.Version,
		Commit:    a.build.Commit,
		BuildDate: a.build.Date,
		Database:  a.databaseStatus().State,
	})
}

func (a *api) ready(w http.ResponseWriter, r *http.Request) {
	status := a.databaseStatus()
	if !status.Ready {
		writeProblem(w, r, notReady(status))
		return
	}
	writeJSON(w, http.StatusOK, "application/json", readyReply{Status: "ready", Database: status.State})
}

// requireDatabase answers at once while the database cannot be used, so that no request waits for it in vain.
func (a *api) requireDatabase(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := a.databaseStatus(); !status.Ready {
			writeProblem(w, r, notReady(status))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func notReady(status database.Status) *httpError {
	detail := "The database does not answer; the server keeps trying, so try again in a few seconds."
	switch status.State {
	case database.StateUnconfigured:
		detail = "No database is configured; set DB_HOST, DB_USER, DB_PASSWORD and DB_NAME and restart the server."
	case database.StateUp:
		detail = "The database answers but its migrations are not applied; the log of the server says why."
	case database.StateDown:
	}
	return &httpError{status: http.StatusServiceUnavailable, detail: detail}
}
