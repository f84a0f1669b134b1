// Package database watches whether the database can be used.
package database

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// State is what the service knows of its database.
type State string

// The states of a database.
const (
	StateUp           State = "up"
	StateDown         State = "down"
	StateUnconfigured State = "unconfigured"
)

const (
	checkInterval  = 2 * time.Second
	pingTimeout    = 2 * time.Second
	migrateTimeout = 5 * time.Minute
	firstBackoff   = 250 * time.Millisecond
	maxBackoff     = 5 * time.Second
)

// Status is the outcome of the latest check.
type Status struct {
	State State
	// Ready means that the database answers and its migrations are applied.
	Ready bool
	// Err is why the database is not ready. It is for the log, not for clients.
	Err error
}

// Unconfigured is the status of a service that was given no database.
func Unconfigured() Status { return Status{State: StateUnconfigured} }

// Target is the database that a Monitor watches.
type Target interface {
	// Ping returns nil when the database answers.
	Ping(ctx context.Context) error
	// Migrate brings the tables up to date; it does nothing when they are.
	Migrate(ctx context.Context) error
}

// Monitor checks a database again and again, and applies its migrations each
// time that it comes (back) up: a restored or replaced database may lack them.
type Monitor struct {
	target   Target
	onChange func(Status)
	status   atomic.Pointer[Status]
}

// NewMonitor returns a monitor that calls onChange from Run whenever the status differs from the previous one.
func NewMonitor(target Target, onChange func(Status)) *Monitor {
	m := &Monitor{target: target, onChange: onChange}
	m.status.Store(&Status{State: StateDown})
	return m
}

// Status returns the outcome of the latest check without waiting for another.
func (m *Monitor) Status() Status { return *m.status.Load() }

// Run checks the database until ctx is done.
func (m *Monitor) Run(ctx context.Context) {
	backoff := firstBackoff
	for {
		status := m.check(ctx)
		if ctx.Err() != nil {
			return
		}
		m.publish(status)
		wait := checkInterval
		if status.Ready {
			backoff = firstBackoff
		} else {
			wait = jitter(backoff)
			backoff = min(2*backoff, maxBackoff)
		}
		if !sleep(ctx, wait) {
			return
		}
	}
}

func (m *Monitor) check(ctx context.Context) Status {
	if err := withTimeout(ctx, pingTimeout, m.target.Ping); err != nil {
		return Status{State: StateDown, Err: fmt.Errorf("the database does not answer: %w", err)}
	}
	if !m.Status().Ready {
		if err := withTimeout(ctx, migrateTimeout, m.target.Migrate); err != nil {
			return Status{State: StateUp, Err: fmt.Errorf("the database answers but its migrations could not be applied: %w", err)}
		}
	}
	return Status{State: StateUp, Ready: true}
}

func (m *Monitor) publish(status Status) {
	previous := m.status.Swap(&status)
	if !same(*previous, status) {
		m.onChange(status)
	}
}

func same(a, b Status) bool {
	return a.State == b.State && a.Ready == b.Ready && errorText(a.Err) == errorText(b.Err)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func withTimeout(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return do(ctx)
}

// jitter spreads the retries of several instances that lost the database at the same moment.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2) //nolint:gosec // Timing only; nothing depends on it being unpredictable.
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
