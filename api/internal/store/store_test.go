package store

import (
	"strings"
	"testing"

	"github.com/neurondb/neuronip/api/internal/config"
)

func TestPoolConfigKeepsEverySettingApart(t *testing.T) {
	db := config.Database{
		Host: "db.example.com", Port: 6432, User: `o'brien \x`, Password: "p' password=other",
		Name: "docs sslmode=disable", SSLMode: "require",
	}
	cfg, err := poolConfig(db)
	if err != nil {
		t.Fatalf("poolConfig: %v", err)
	}
	got := cfg.ConnConfig
	if got.Host != db.Host || got.Port != db.Port || got.User != db.User || got.Database != db.Name ||
		got.Password != db.Password.Reveal() || got.TLSConfig == nil {
		t.Errorf("connects to %s:%d as %q to %q", got.Host, got.Port, got.User, got.Database)
	}
	if strings.Contains(got.ConnString(), "password=") {
		t.Error("the connection string holds the password")
	}
}

func TestOpenExplainsABadCertificateFile(t *testing.T) {
	t.Setenv("PGSSLROOTCERT", "/nonexistent/root.crt")
	_, err := Open(config.Database{Host: "db.example.com", Port: 5432, User: "app",
		Password: "pass-word", Name: "docs", SSLMode: "verify-full"})
	if err == nil {
		t.Fatal("Open accepted a certificate file that does not exist")
	}
	if !strings.Contains(err.Error(), "PGSSLROOTCERT") || strings.Contains(err.Error(), "pass-word") {
		t.Errorf("Open: %v", err)
	}
}
