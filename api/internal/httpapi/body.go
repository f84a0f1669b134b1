package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
)

// readJSON decodes a body that must be exactly one JSON value with known fields.
func readJSON(r *http.Request, into any) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return &httpError{status: http.StatusUnsupportedMediaType,
			detail: "The body must be JSON; send it with the header Content-Type: application/json."}
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return explainJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		if limit, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return explainJSON(limit)
		}
		return badRequest("The body goes on after the JSON value; send one value only.")
	}
	return nil
}

func explainJSON(err error) error {
	if limit, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &httpError{status: http.StatusRequestEntityTooLarge,
			detail: fmt.Sprintf("The body is longer than %d bytes; send a shorter one.", limit.Limit)}
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badRequest(fmt.Sprintf("The body is not valid JSON at byte %d; correct it and send it again.", syntax.Offset))
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badRequest(typeMismatch(mismatch))
	}
	switch {
	case errors.Is(err, io.EOF):
		return badRequest("The body is empty; send a JSON object.")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badRequest("The body ends in the middle of the JSON value; send all of it.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &httpError{status: http.StatusRequestTimeout,
			detail: "The body did not arrive in time; send the request again."}
	}
	// encoding/json has no type for this error, only its text.
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return badRequest("The body has the field " + field + ", which is not known here; leave it out.")
	}
	return badRequest("The body could not be read; send the request again.")
}

func typeMismatch(err *json.UnmarshalTypeError) string {
	if err.Field == "" {
		return fmt.Sprintf("The body is a JSON %s; send a JSON object.", err.Value)
	}
	return fmt.Sprintf("The field %q is a JSON %s; send a %s.", err.Field, err.Value, err.Type)
}

func badRequest(detail string) error {
	return &httpError{status: http.StatusBadRequest, detail: detail}
}
