package database

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeTarget is a database whose answers a test sets.
type fakeTarget struct {
	mu                  sync.Mutex
	pingErr, migrateErr error
	hang                bool
	pings, migrations   int
}

func (f *fakeTarget) set(change func(*fakeTarget)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeTarget) counts() (pings, migrations int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pings, f.migrations
}

func (f *fakeTarget) Ping(ctx context.Context) error {
	f.mu.Lock()
	f.pings++
	err, hang := f.pingErr, f.hang
	f.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (f *fakeTarget) Migrate(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.migrations++
	return f.migrateErr
}

// watch runs a monitor in a synctest bubble, where time passes only when everything waits.
func watch(t *testing.T, target *fakeTarget, script func(m *Monitor, changes func() []State)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var states []State
		m := NewMonitor(target, func(s Status) {
			mu.Lock()
			defer mu.Unlock()
			states = append(states, s.State)
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go m.Run(ctx)
		synctest.Wait()
		script(m, func() []State {
			mu.Lock()
			defer mu.Unlock()
			return append([]State(nil), states...)
		})
	})
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestMonitorBecomesReadyAtOnce(t *testing.T) {
	target := &fakeTarget{}
	watch(t, target, func(m *Monitor, changes func() []State) {
		if got := m.Status(); !got.Ready || got.State != StateUp || got.Err != nil {
			t.Errorf("status = %+v, want ready", got)
		}
		pass(10 * checkInterval)
		if pings, migrations := target.counts(); pings != 11 || migrations != 1 {
			t.Errorf("%d pings and %d migrations, want 11 and 1", pings, migrations)
		}
		if got := changes(); len(got) != 1 {
			t.Errorf("changes = %v, want one", got)
		}
	})
}

func TestMonitorRecoversAndMigratesAgain(t *testing.T) {
	target := &fakeTarget{pingErr: errors.New("refused")}
	watch(t, target, func(m *Monitor, changes func() []State) {
		if got := m.Status(); got.Ready || got.State != StateDown || got.Err == nil {
			t.Errorf("status = %+v, want down with a reason", got)
		}
		target.set(func(f *fakeTarget) { f.pingErr = nil })
		pass(maxBackoff)
		target.set(func(f *fakeTarget) { f.pingErr = errors.New("gone") })
		pass(checkInterval)
		if m.Status().Ready {
			t.Error("ready although the database is gone")
		}
		target.set(func(f *fakeTarget) { f.pingErr = nil })
		pass(maxBackoff)
		if !m.Status().Ready {
			t.Error("not ready although the database is back")
		}
		if _, migrations := target.counts(); migrations != 2 {
			t.Errorf("%d migrations, want 2", migrations)
		}
		want := []State{StateDown, StateUp, StateDown, StateUp}
		if got := changes(); !reflect.DeepEqual(got, want) {
			t.Errorf("changes = %v, want %v", got, want)
		}
	})
}

func TestMonitorBacksOffWhileTheDatabaseIsDown(t *testing.T) {
	target := &fakeTarget{pingErr: errors.New("refused")}
	watch(t, target, func(_ *Monitor, changes func() []State) {
		pass(time.Minute)
		// At most once per half of maxBackoff, plus the quick tries at the start.
		if pings, _ := target.counts(); pings < 12 || pings > 32 {
			t.Errorf("%d pings in a minute, want 12 to 32", pings)
		}
		if got := changes(); len(got) != 1 {
			t.Errorf("changes = %v, want one for all the same failures", got)
		}
	})
}

func TestMonitorReportsFailedMigrations(t *testing.T) {
	target := &fakeTarget{migrateErr: errors.New("permission denied")}
	watch(t, target, func(m *Monitor, _ func() []State) {
		if got := m.Status(); got.State != StateUp || got.Ready || !errors.Is(got.Err, target.migrateErr) {
			t.Errorf("status = %+v, want up, not ready, with the reason", got)
		}
		target.set(func(f *fakeTarget) { f.migrateErr = nil })
		pass(maxBackoff)
		if !m.Status().Ready {
			t.Error("not ready although the migrations work now")
		}
	})
}

func TestMonitorDoesNotWaitForADatabaseThatHangs(t *testing.T) {
	target := &fakeTarget{hang: true}
	watch(t, target, func(m *Monitor, _ func() []State) {
		pass(pingTimeout)
		if got := m.Status(); got.State != StateDown || !errors.Is(got.Err, context.DeadlineExceeded) {
			t.Errorf("status = %+v, want down after the timeout", got)
		}
	})
}

func TestUnconfigured(t *testing.T) {
	if got := Unconfigured(); got.State != StateUnconfigured || got.Ready {
		t.Errorf("Unconfigured = %+v", got)
	}
}
