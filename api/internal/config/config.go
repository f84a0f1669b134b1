// Package config reads the settings of the service from environment variables.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultServerPort = 8082
	defaultDBPort     = 5432
	defaultSSLMode    = "prefer"
)

var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// Config holds the settings of one run. It is read once and passed by value.
type Config struct {
	ServerPort         uint16
	LogLevel           slog.Level
	CORSAllowedOrigins []string
	Database           Database
}

// Database says how to reach PostgreSQL.
type Database struct {
	Host     string
	Port     uint16
	User     string
	Password Secret
	Name     string
	SSLMode  string
}

// Configured reports whether a database was asked for at all.
func (d Database) Configured() bool { return d.Host != "" }

// Load reads the settings through getenv, which is os.Getenv outside tests.
// An error names one variable, what it holds and what to set instead.
func Load(getenv func(string) string) (Config, error) {
	port, err := ServerPort(getenv)
	if err != nil {
		return Config{}, err
	}
	level, err := logLevel(getenv("LOG_LEVEL"))
	if err != nil {
		return Config{}, err
	}
	origins, err := allowedOrigins(getenv("CORS_ALLOWED_ORIGINS"))
	if err != nil {
		return Config{}, err
	}
	db, err := loadDatabase(getenv)
	if err != nil {
		return Config{}, err
	}
	return Config{ServerPort: port, LogLevel: level, CORSAllowedOrigins: origins, Database: db}, nil
}

// ServerPort reads SERVER_PORT alone: the healthcheck command needs nothing else.
func ServerPort(getenv func(string) string) (uint16, error) {
	return readPort(getenv, "SERVER_PORT", defaultServerPort)
}

func loadDatabase(getenv func(string) string) (Database, error) {
	db := Database{
		Host:     strings.TrimSpace(getenv("DB_HOST")),
		User:     getenv("DB_USER"),
		Password: Secret(getenv("DB_PASSWORD")),
		Name:     getenv("DB_NAME"),
		SSLMode:  valueOr(getenv("DB_SSLMODE"), defaultSSLMode),
	}
	if !db.Configured() {
		return Database{}, nil
	}
	var err error
	if db.Port, err = readPort(getenv, "DB_PORT", defaultDBPort); err != nil {
		return Database{}, err
	}
	if db.User == "" {
		return Database{}, fmt.Errorf("DB_HOST is set to %q but DB_USER is empty; set DB_USER to the database role to connect as", db.Host)
	}
	if db.Name == "" {
		return Database{}, fmt.Errorf("DB_HOST is set to %q but DB_NAME is empty; set DB_NAME to the database to use", db.Host)
	}
	if !slices.Contains(sslModes, db.SSLMode) {
		return Database{}, fmt.Errorf("DB_SSLMODE is %q, which is not a TLS mode; set it to one of %s", db.SSLMode, strings.Join(sslModes, ", "))
	}
	return db, nil
}

func readPort(getenv func(string) string, name string, fallback uint16) (uint16, error) {
	value := strings.TrimSpace(getenv(name))
	if value == "" {
		return fallback, nil
	}
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("%s is %q, which is not a port; set it to a number from 1 to 65535, for example %d", name, value, fallback)
	}
	return uint16(port), nil
}

func logLevel(value string) (slog.Level, error) {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("LOG_LEVEL is %q, which is not a log level; set it to debug, info, warn or error", value)
}

func allowedOrigins(value string) ([]string, error) {
	var origins []string
	for part := range strings.SplitSeq(value, ",") {
		origin := strings.TrimSpace(part)
		if origin == "" {
			continue
		}
		canonical, ok := canonicalOrigin(origin)
		if !ok {
			return nil, fmt.Errorf("CORS_ALLOWED_ORIGINS contains %q, which is not an origin; "+
				"write each as scheme://host or scheme://host:port, for example https://app.example.com", origin)
		}
		origins = append(origins, canonical)
	}
	return origins, nil
}

// canonicalOrigin spells an origin as browsers send it, since the header is compared byte for byte.
func canonicalOrigin(origin string) (string, bool) {
	if origin == "*" {
		return origin, true
	}
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(origin, "/")))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return "", false
	}
	if *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) {
		return "", false
	}
	defaultPort := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if u.Port() == defaultPort {
		u.Host = strings.TrimSuffix(u.Host, ":"+defaultPort)
	}
	return u.String(), true
}

func valueOr(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Address is where the server listens: every interface, as a container needs.
func (c Config) Address() string {
	return net.JoinHostPort("", strconv.Itoa(int(c.ServerPort)))
}
