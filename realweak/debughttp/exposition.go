package debughttp

import (
	"bytes"
	"fmt"
	"mime"
	"strconv"
	"strings"
)

// The formats in which metrics are exposed.
const (
	openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
	plainText   = "text/plain; version=0.0.4; charset=utf-8"
)

// negotiate returns the format that suits an Accept header: OpenMetrics unless the
// client likes the older text format of Prometheus better.
func negotiate(accept string) string {
	var open, plain, any float64 = -1, -1, -1
	for part := range strings.SplitSeq(accept, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if v, err := strconv.ParseFloat(params["q"], 64); err == nil {
			q = v
		}
		switch name {
		case "application/openmetrics-text":
			open = max(open, q)
		case "text/plain":
			plain = max(plain, q)
		case "*/*":
			any = max(any, q)
		}
	}
	if open < 0 {
		open = any
	}
	if plain > open && plain > 0 {
		return plainText
	}
	return openMetrics
}

// exposition writes families of metrics in one of the formats.
type exposition struct {
	bytes.Buffer
	format string
}

// The types of a family.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
	info      = "info"
)

// family begins a family. The name has no suffix, but its unit, if it has one.
func (x *exposition) family(name, typ, unit, help string) {
	shown := name
	if x.format == plainText {
		// The older format has names as their samples have them, and no info.
		switch typ {
		case counter:
			shown += "_total"
		case info:
			shown, typ = shown+"_info", gauge
		}
	}
	fmt.Fprintf(x, "# HELP %s %s\n", shown, escapeHelp(help))
	fmt.Fprintf(x, "# TYPE %s %s\n", shown, typ)
	if unit != "" && x.format == openMetrics {
		fmt.Fprintf(x, "# UNIT %s %s\n", shown, unit)
	}
}

// label is a name and a value.
type label struct{ name, value string }

// sample writes one number. The name is the family's with the type's suffix.
func (x *exposition) sample(name string, value string, labels ...label) {
	x.WriteString(name)
	for i, l := range labels {
		x.WriteByte("{,"[min(i, 1)])
		x.WriteString(l.name + `="` + escapeLabel(l.value) + `"`)
	}
	if len(labels) > 0 {
		x.WriteByte('}')
	}
	x.WriteString(" " + value + "\n")
}

// end returns what was written, and what closes it.
func (x *exposition) end() []byte {
	if x.format == openMetrics {
		x.WriteString("# EOF\n")
	}
	return x.Bytes()
}

var (
	// A line end would end the line; OpenMetrics wants quotes escaped everywhere, and
	// the older format leaves them as they are in help texts.
	labelEscapes = strings.NewReplacer("\\", `\\`, "\n", `\n`, `"`, `\"`)
	helpEscapes  = strings.NewReplacer("\\", `\\`, "\n", `\n`)
)

func escapeLabel(s string) string { return labelEscapes.Replace(strings.ToValidUTF8(s, "\uFFFD")) }
func escapeHelp(s string) string  { return helpEscapes.Replace(strings.ToValidUTF8(s, "\uFFFD")) }

func integer[N int | int64 | uint64](n N) string { return fmt.Sprint(n) }

// float writes a number as both formats want a bound of a bucket: never as an integer.
func float(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}
