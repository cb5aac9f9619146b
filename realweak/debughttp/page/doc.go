// Package page is what a browser shows of a running program: an HTML page that is
// complete without a script, and the files that keep it current.
//
// [Render] writes the state of one moment. In the browser, a script follows the
// endpoint events (see package wire), asks for the endpoint snapshot when there is
// no stream, and draws what changes. The page loads nothing from another host.
//
// # Plots
//
// The plots are drawn by uPlot, whose files lie unchanged among the assets, with
// its licence. To take another version, run
//
//	npm pack uplot@VERSION
//
// unpack it, copy dist/uPlot.iife.min.js, dist/uPlot.min.css and LICENSE (as
// uPlot.LICENSE.txt) to the assets, and set the version and sums in uplot_test.go.
package page
