package main

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchunit"

	"github.com/referent-go/referent/bench"
)

var titles = map[string]string{
	"Loop":      "The loop",
	"Object":    "Objects",
	"Reference": "Weak references",
	"ValueMap":  "Maps with weak values",
	"KeyMap":    "Maps with weak keys",
	"Set":       "Weak sets",
	"Finalizer": "Finalizers",
	"Interning": "Interning",
}

// write writes the whole page.
func (m *measurements) write(w io.Writer) error {
	if err := m.missing(); err != nil {
		return err
	}
	p := &writer{m: m, columns: m.columns()}
	p.line("<!-- Written by go run ./bench/report. Do not edit. -->")
	p.line("")
	p.line("# Benchmarks")
	p.line("")
	p.line(introduction)
	p.runs()
	p.line("")
	p.line("## CPU time and allocations")
	p.line("")
	p.line(reading)
	p.groups()
	p.line("## What is not faster, and what is")
	p.line("")
	p.line(comparing)
	p.comparisons()
	p.warnings()
	p.line("## Wall clock and bytes")
	p.line("")
	p.line("Of the same runs. Other processes had a share of the processors, so wall-clock time says less than CPU time.")
	p.line("")
	p.columns = bench.Impls // what measures CPython takes its CPU time only
	p.table(bench.Ops, p.wall)
	_, err := io.WriteString(w, strings.TrimRight(p.text.String(), "\n")+"\n")
	return err
}

const introduction = `What each operation costs, in one binary: **native**, as one writes it with ` + "`weak.Pointer`, `runtime.AddCleanup`, `sync.Map` and `unique`" + `;
**collected**, packages ` + "`realweak` and `interning`" + `; **counted**, package ` + "`refcount`" + `; **sim**, ` + "`bench/sim`" + `, CPython's object model in plain Go.
Sim stands for the model, not for CPython's speed; where there was a ` + "`python3`" + `, CPython itself ran in the same rounds.

One row is one benchmark. ` + "[The source](../bench/doc.go)" + ` says what is compared with what.

## How it was measured

` + "```sh" + `
go run ./bench/report -measure   # all of this page
go test ./bench -run '^$' -bench . -count 10 | tee new.txt   # or by hand, not interleaved
go run golang.org/x/perf/cmd/benchstat@latest -filter .unit:cpu-ns/op -row /op -col /impl new.txt
` + "```" + `

Each round runs every benchmark once, so that what disturbs the machine disturbs all alike. Operations that
leave objects to die include their deaths: collections on the way, a last one, and the cleanups, sweeps and
callbacks that follow; they run for longer, since a short run ends before these costs begin. Hardly anything else
is alive meanwhile, so the collections are small and frequent. Nobody listens to events.
`

const reading = "`12.3ns ±2% · 1` is the median of the process's CPU time per operation, all threads and the collector\n" +
	"included, how far its 95 % interval reaches, and the number of allocations. CPython's allocations are not\n" +
	"counted. A dash: not measured, for the reason below the table."

const comparing = `Ratios are CPU times of one run; two values differ if the Mann-Whitney U test says so at 5 %. CPython, sim and
counted maps serve one thread or take a lock; native and collected ones are for many.
`

// writer writes parts of the page.
type writer struct {
	m       *measurements
	columns []bench.Impl
	text    strings.Builder
}

func (p *writer) line(format string, args ...any) {
	if len(args) == 0 {
		p.text.WriteString(format + "\n")
		return
	}
	fmt.Fprintf(&p.text, format+"\n", args...)
}

// runs writes what the files say about the machine.
func (p *writer) runs() {
	p.row("", func(f fileInfo) string { return "[" + last(f.name) + "](" + strings.TrimPrefix(f.name, "docs/") + ")" })
	p.line("|---%s|", strings.Repeat("|---", len(p.m.files)))
	for _, key := range []string{"cpu", "goos", "goarch", "go", "cpython", "gogc", "date", "rounds", "benchtime"} {
		p.row(key, func(f fileInfo) string { return f.config[key] })
	}
	p.row("GOMAXPROCS", func(f fileInfo) string { return fmt.Sprint(f.gomaxprocs) })
	p.row("load average", func(f fileInfo) string {
		if f.loads == 0 {
			return "unknown"
		}
		return fmt.Sprintf("%.1f to %.1f", f.minLoad, f.maxLoad)
	})
}

func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func (p *writer) row(name string, cell func(fileInfo) string) {
	p.text.WriteString("| " + name + " |")
	for _, f := range p.m.files {
		p.text.WriteString(" " + cell(f) + " |")
	}
	p.text.WriteString("\n")
}

func (p *writer) groups() {
	for i := 0; i < len(bench.Ops); {
		group := bench.Ops[i].Group
		from := i
		for i < len(bench.Ops) && bench.Ops[i].Group == group {
			i++
		}
		ops := bench.Ops[from:i]
		p.line("")
		p.line("### %s", titles[group])
		p.line("")
		p.table(ops, p.cpu)
		p.line("")
		for _, op := range ops {
			p.line("- `%s`: %s%s", op.Name, op.Does, p.without(op))
		}
	}
	p.line("")
}

func (p *writer) without(op bench.Op) string {
	var b strings.Builder
	for _, impl := range bench.Impls {
		if why, ok := op.Without[impl]; ok {
			fmt.Fprintf(&b, " No %s: %s.", impl, why)
		}
	}
	return b.String()
}

// table writes a row for each operation and a column for each implementation.
func (p *writer) table(ops []bench.Op, cell func(op string, impl bench.Impl) string) {
	p.text.WriteString("| operation |")
	for _, impl := range p.columns {
		p.text.WriteString(" " + p.title(impl) + " |")
	}
	p.line("\n|---%s|", strings.Repeat("|---:", len(p.columns)))
	for _, op := range ops {
		p.text.WriteString("| `" + op.Name + "` |")
		for _, impl := range p.columns {
			p.text.WriteString(" " + cell(op.Name, impl) + " |")
		}
		p.text.WriteString("\n")
	}
}

func (p *writer) title(impl bench.Impl) string {
	if impl == cpython {
		return "CPython"
	}
	return string(impl)
}

func (p *writer) cpu(op string, impl bench.Impl) string {
	s := p.m.sample(op, impl, cpuTime)
	if s == nil {
		return "–"
	}
	sum := benchmath.AssumeNothing.Summary(s, confidence)
	text := seconds(sum.Center) + " ±" + sum.PctRangeString()
	if n, ok := p.m.median(op, impl, allocs); ok {
		text += fmt.Sprintf(" · %.3g", n)
	}
	return text
}

func (p *writer) wall(op string, impl bench.Impl) string {
	t, ok := p.m.median(op, impl, wallTime)
	if !ok {
		return "–"
	}
	n, _ := p.m.median(op, impl, bytesPer)
	return fmt.Sprintf("%s · %.0f B", seconds(t), n)
}

func seconds(t float64) string { return benchunit.Scale(t, benchunit.Decimal) + "s" }

// comparisons writes, for each pair, which operations are slower, equal, faster.
func (p *writer) comparisons() {
	for _, ours := range []bench.Impl{bench.Collected, bench.Counted} {
		for _, rival := range p.columns {
			if rival == bench.Collected || rival == bench.Counted {
				continue
			}
			var slower, equal, faster []string
			for _, op := range bench.Ops {
				times, differ, ok := p.m.ratio(op.Name, ours, rival)
				switch {
				case !ok:
				case !differ:
					equal = append(equal, "`"+op.Name+"`")
				case times > 1:
					slower = append(slower, "`"+op.Name+"` "+factor(times))
				default:
					faster = append(faster, "`"+op.Name+"` "+factor(times))
				}
			}
			p.line("### %s beside %s", strings.ToUpper(string(ours[:1]))+string(ours[1:]), p.title(rival))
			p.line("")
			p.line("- Slower, by time: %s.", list(slower))
			p.line("- No difference found: %s.", list(equal))
			p.line("- Faster, by time: %s.", list(faster))
			p.line("")
		}
	}
}

// factor writes a ratio with two digits at least.
func factor(times float64) string {
	if times >= 100 {
		return fmt.Sprintf("%.0f×", times)
	}
	return fmt.Sprintf("%.2g×", times)
}

func list(items []string) string {
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(items, ", ")
}

// warnings writes what the statistics have to say against themselves.
func (p *writer) warnings() {
	seen := make(map[string]bool)
	for _, op := range bench.Ops {
		for _, impl := range p.columns {
			s := p.m.sample(op.Name, impl, cpuTime)
			if s == nil {
				continue
			}
			for _, warning := range benchmath.AssumeNothing.Summary(s, confidence).Warnings {
				if text := warning.Error(); !seen[text] {
					seen[text] = true
					p.line("Note: %s.\n", text)
				}
			}
		}
	}
}
