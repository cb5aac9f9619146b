// Package eventlog shows events as they happen.
//
// A [Tap] reads a hub on its own goroutine, so that the hub's ring does not
// overflow while the command is busy, and hands each event over in order; a
// [Printer] writes events as lines, for a person or as JSON.
//
//	printer := eventlog.NewPrinter(out, eventlog.Options{JSON: asJSON})
//	tap := eventlog.Open(event.Default, 1<<14, printer.Print, event.Cleared, event.CallbackRun)
//	…work…
//	tap.Flush()                 // every event so far is on the screen
//	printer.Lost(tap.Close())
package eventlog
