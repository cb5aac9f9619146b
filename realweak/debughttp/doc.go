// Package debughttp serves the state of a running program.
package debughttp
