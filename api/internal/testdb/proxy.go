package testdb

import (
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/neurondb/neuronip/api/internal/config"
)

// Proxy stands between a client and the database, so that a test can take the database away and give it back.
type Proxy struct {
	target   string
	listener net.Listener

	mu    sync.Mutex
	up    bool
	conns map[net.Conn]struct{}
}

// NewProxy returns a proxy that lets nothing through yet, and the settings to connect through it.
func NewProxy(t *testing.T, db config.Database) (*Proxy, config.Database) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // A listener on loopback has nothing to cancel.
	if err != nil {
		t.Fatalf("starting the proxy: %v", err)
	}
	p := &Proxy{
		target:   net.JoinHostPort(db.Host, strconv.Itoa(int(db.Port))),
		listener: listener,
		conns:    map[net.Conn]struct{}{},
	}
	t.Cleanup(func() {
		_ = listener.Close()
		p.Down()
	})
	go p.accept()
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatalf("reading the address of the proxy: %v", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatalf("reading the port of the proxy: %v", err)
	}
	db.Host, db.Port = host, uint16(number)
	return p, db
}

// Up lets connections through.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up = true
}

// Down cuts all connections and refuses new ones.
func (p *Proxy) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up = false
	for conn := range p.conns {
		_ = conn.Close()
	}
	clear(p.conns)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.forward(client)
	}
}

func (p *Proxy) forward(client net.Conn) {
	server, err := net.Dial("tcp", p.target) //nolint:noctx // The test ends it by closing the connection.
	if err != nil {
		_ = client.Close()
		return
	}
	if !p.register(client, server) {
		return
	}
	go p.pipe(server, client)
	p.pipe(client, server)
}

func (p *Proxy) register(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		if !p.up {
			_ = conn.Close()
			continue
		}
		p.conns[conn] = struct{}{}
	}
	return p.up
}

func (p *Proxy) pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}
