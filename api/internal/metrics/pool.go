package metrics

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

type poolMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*pgxpool.Stat) float64
}

// poolCollector reads the figures of the pool once per scrape, so that they fit each other.
type poolCollector struct {
	stat    func() *pgxpool.Stat
	metrics []poolMetric
}

func newPoolCollector(stat func() *pgxpool.Stat) *poolCollector {
	metric := func(kind prometheus.ValueType, name, help string, value func(*pgxpool.Stat) float64) poolMetric {
		return poolMetric{prometheus.NewDesc(prometheus.BuildFQName(namespace, "db_pool", name), help, nil, nil), kind, value}
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	return &poolCollector{stat: stat, metrics: []poolMetric{
		metric(gauge, "connections_max", "The most connections that the pool opens.",
			func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) }),
		metric(gauge, "connections", "Connections that are open or being opened.",
			func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) }),
		metric(gauge, "connections_acquired", "Connections in use by a request.",
			func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) }),
		metric(gauge, "connections_idle", "Connections that wait for a request.",
			func(s *pgxpool.Stat) float64 { return float64(s.IdleConns()) }),
		metric(counter, "acquires_total", "Connections handed to a request.",
			func(s *pgxpool.Stat) float64 { return float64(s.AcquireCount()) }),
		metric(counter, "acquires_canceled_total", "Requests that gave up waiting for a connection.",
			func(s *pgxpool.Stat) float64 { return float64(s.CanceledAcquireCount()) }),
		metric(counter, "acquire_wait_seconds_total", "Time that requests spent waiting for a connection.",
			func(s *pgxpool.Stat) float64 { return s.AcquireDuration().Seconds() }),
	}}
}

// Describe implements prometheus.Collector.
func (c *poolCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, m := range c.metrics {
		descs <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (c *poolCollector) Collect(metrics chan<- prometheus.Metric) {
	stat := c.stat()
	for _, m := range c.metrics {
		metrics <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(stat))
	}
}
