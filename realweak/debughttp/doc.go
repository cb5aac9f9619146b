// Package debughttp serves the state of a running program over HTTP: what is alive
// and what should not be, for people in a browser, for the command probe, for pprof
// and for Prometheus.
//
//	mux.Handle("/debug/realweak/", debughttp.Handler())
//
// Below the path where the handler is mounted it has
//
//	GET  (nothing)  a page with plots, readable without JavaScript
//	GET  snapshot   the state as JSON; see wire.Snapshot
//	GET  events     the events as they happen, as server-sent events
//	GET  live       the tracked objects that are alive, as a pprof profile
//	GET  cleanups   those that died, as a pprof profile; ?seconds=30 waits for more
//	GET  metrics    OpenMetrics text
//	POST gc         a collection, where the program allows it: AllowGC
//
// docs/debughttp.md describes each of them with all fields, and has configurations for
// Prometheus, Grafana Alloy and Parca.
//
// # Exposure
//
// Whoever can send a request sees the program's and the host's name, the names of
// groups and types, labels of objects as the program set them, and stacks with the
// names of functions and files. The content of objects is never shown. The handler
// does not authenticate: serve it where only those come who may see that, or wrap it,
// as the example Handler (Authorized) does. It registers nothing in
// [http.DefaultServeMux].
//
// # Cost
//
// Nothing runs and nothing listens to events before the first viewer of events comes,
// nor when the last one has been gone for a while. In between, all viewers together
// are one subscriber of the hub, with one goroutine and one ring. Nothing that a viewer
// does or fails to do makes the program wait.
//
// # Not guaranteed
//
// A viewer that reads more slowly than events happen loses the oldest, and is told how
// many; see wire.Lost. Numbers within one snapshot are read one after the other, not at
// one instant.
package debughttp
