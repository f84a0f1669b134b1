package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestLoadAcceptsValidSettings(t *testing.T) {
	database := Database{Host: "db.example.com", Port: 5432, User: "app", Name: "docs", SSLMode: "prefer"}
	required := map[string]string{"DB_HOST": "db.example.com", "DB_USER": "app", "DB_NAME": "docs"}
	tests := map[string]struct {
		env  map[string]string
		want Config
	}{
		"nothing set": {
			want: Config{ServerPort: 8082},
		},
		"only what a database requires": {
			env:  required,
			want: Config{ServerPort: 8082, Database: database},
		},
		"everything set": {
			env: map[string]string{
				"SERVER_PORT": " 9000 ", "LOG_LEVEL": "DEBUG",
				"CORS_ALLOWED_ORIGINS": "https://App.example.com:443/, http://localhost:3000,,*",
				"DB_HOST":              "/run/postgresql", "DB_PORT": "6432", "DB_USER": "app",
				"DB_PASSWORD": "pw", "DB_NAME": "docs", "DB_SSLMODE": "verify-full",
			},
			want: Config{
				ServerPort: 9000, LogLevel: slog.LevelDebug,
				CORSAllowedOrigins: []string{"https://app.example.com", "http://localhost:3000", "*"},
				Database: Database{Host: "/run/postgresql", Port: 6432, User: "app",
					Password: "pw", Name: "docs", SSLMode: "verify-full"},
			},
		},
		"without a host the other database settings do not matter": {
			env:  map[string]string{"DB_PORT": "none", "DB_SSLMODE": "none", "LOG_LEVEL": "warn"},
			want: Config{ServerPort: 8082, LogLevel: slog.LevelWarn},
		},
		"log level error": {
			env:  map[string]string{"LOG_LEVEL": "error"},
			want: Config{ServerPort: 8082, LogLevel: slog.LevelError},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Load(env(test.env))
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("Load = %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestLoadRejectsInvalidSettings(t *testing.T) {
	tests := map[string]struct {
		name, value string
		want        string
	}{
		"port is a word":          {"SERVER_PORT", "http", `SERVER_PORT is "http"`},
		"port zero":               {"SERVER_PORT", "0", "from 1 to 65535"},
		"port too large":          {"SERVER_PORT", "65536", "from 1 to 65535"},
		"port negative":           {"SERVER_PORT", "-1", "from 1 to 65535"},
		"unknown log level":       {"LOG_LEVEL", "loud", "debug, info, warn or error"},
		"origin without scheme":   {"CORS_ALLOWED_ORIGINS", "app.example.com", `"app.example.com"`},
		"origin with a path":      {"CORS_ALLOWED_ORIGINS", "https://app.example.com/x", "scheme://host"},
		"origin with credentials": {"CORS_ALLOWED_ORIGINS", "https://u:p@app.example.com", "scheme://host"},
		"origin of another kind":  {"CORS_ALLOWED_ORIGINS", "ftp://app.example.com", "scheme://host"},
		"origin not a URL":        {"CORS_ALLOWED_ORIGINS", "https://[", "scheme://host"},
		"database port":           {"DB_PORT", "70000", `DB_PORT is "70000"`},
		"no database user":        {"DB_USER", "", "DB_USER is empty"},
		"no database name":        {"DB_NAME", "", "DB_NAME is empty"},
		"unknown TLS mode":        {"DB_SSLMODE", "maybe", `DB_SSLMODE is "maybe"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{"DB_HOST": "db.example.com", "DB_USER": "app", "DB_NAME": "docs", "DB_PASSWORD": "pass-word"}
			values[test.name] = test.value
			_, err := Load(env(values))
			if err == nil {
				t.Fatal("Load accepted it")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("Load: %q, want it to contain %q", err, test.want)
			}
			if strings.Contains(err.Error(), "pass-word") {
				t.Errorf("Load: %q contains the password", err)
			}
		})
	}
}

func TestAddressIsOnEveryInterface(t *testing.T) {
	if got := (Config{ServerPort: 8082}).Address(); got != ":8082" {
		t.Errorf("Address = %q, want :8082", got)
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	database := Database{Password: "pass-word"}
	encoded, err := json.Marshal(database)
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("test", "database", database, "password", database.Password)
	outputs := []string{
		fmt.Sprint(database), fmt.Sprintf("%+v", database), fmt.Sprintf("%#v", database),
		fmt.Sprintf("%s %q", database.Password, database.Password), string(encoded), logged.String(),
	}
	for _, output := range outputs {
		if strings.Contains(output, "pass-word") || !strings.Contains(output, redacted) {
			t.Errorf("printed %s", output)
		}
	}
	if got := database.Password.Reveal(); got != "pass-word" {
		t.Errorf("Reveal = %q", got)
	}
}
