// Package page is what a browser shows of a running program: an HTML page that is
// complete without a script, and the files that keep it current.
//
// [Render] writes the state of one moment. In the browser, a script follows the
// endpoint events (see package wire), asks for the endpoint snapshot when there is
// no stream, and draws what changes. The page loads nothing from another host.
//
// # Files
//
// The script and the style lie in src. What is embedded and served is what a
// minifier makes of them: run go generate after a change; a test compares.
//
// The plots are drawn by uPlot, whose files lie unchanged among the assets, with
// its licence. To take another version, run
//
//	npm pack uplot@VERSION
//
// unpack it, copy dist/uPlot.iife.min.js, dist/uPlot.min.css and LICENSE (as
// uPlot.LICENSE.txt) to the assets, and set the version and sums in assets_test.go.
package page
