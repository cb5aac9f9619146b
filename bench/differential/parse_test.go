package differential

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parse reads a program as it is printed, line numbers and comments or not.
func parse(source string) (program, error) {
	var lines []string
	for line := range strings.Lines(source) {
		line = lineNumber.ReplaceAllString(line, "")
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimRight(line, " \t\n"); line != "" {
			lines = append(lines, line)
		}
	}
	p, rest, err := parseBlock(lines, "")
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("unexpected indent: %q", rest[0])
	}
	return program(p).numbered(), err
}

// mustParse is for programs in this package's source, where tabs before each line
// mean nothing.
func mustParse(source string) program {
	p, err := parse(strings.ReplaceAll(source, "\t", ""))
	if err != nil {
		panic(err)
	}
	return p
}

var lineNumber = regexp.MustCompile(`^[> ] *\d+  `)

const indentation = "    "

func parseBlock(lines []string, indent string) (p []statement, rest []string, err error) {
	for len(lines) > 0 {
		text, inside := strings.CutPrefix(lines[0], indent)
		if !inside || strings.HasPrefix(text, " ") {
			break
		}
		lines = lines[1:]
		var body []statement
		switch {
		case strings.HasPrefix(text, "global "):
			continue
		case text == "def f(x):":
			if body, lines, err = parseBlock(lines, indent+indentation); err != nil {
				return nil, nil, err
			}
			if len(lines) == 0 {
				return nil, nil, fmt.Errorf("a function that is not called")
			}
			text, lines = strings.TrimSpace(lines[0]), lines[1:]
		}
		s, ok := parseLine(text)
		if !ok || (s.op == opCall) != (body != nil) {
			return nil, nil, fmt.Errorf("not a statement here: %q", text)
		}
		s.body = body
		p = append(p, s)
	}
	return p, lines, nil
}

// operands are what stands for the words in braces of a form.
var operands = map[string]string{
	"t": `[a-exy]`, "a": `[a-exy]`, "b": `[a-exy]`,
	"attr": `left|right`, "key": `\w+`, "n": `\d+`,
	"w": `w\d+`, "r": `w\d+`, "f": `f\d+`, "z": `f\d+`,
}

var patterns = func() (all [ops]*regexp.Regexp) {
	brace := regexp.MustCompile(`\\\{(\w+)\\\}`)
	for o, f := range forms {
		text, _, _ := strings.Cut(f.text, "  #")
		pattern := brace.ReplaceAllStringFunc(regexp.QuoteMeta(text), func(operand string) string {
			name := brace.FindStringSubmatch(operand)[1]
			return "(?P<" + name + ">" + operands[name] + ")"
		})
		all[o] = regexp.MustCompile("^(?:" + pattern + ")$")
	}
	return all
}()

func parseLine(text string) (s statement, ok bool) {
	for o := range ops {
		m := patterns[o].FindStringSubmatch(text)
		if m == nil {
			continue
		}
		s.op = o
		for i, operand := range patterns[o].SubexpNames() {
			switch operand {
			case "t":
				s.t = m[i]
			case "a":
				s.a = m[i]
			case "b":
				s.b = m[i]
			case "attr", "key", "n":
				s.key = m[i]
			case "w", "r", "f", "z":
				s.w = m[i]
			}
		}
		return s, true
	}
	return s, false
}

// What a failure prints can be made into a test.
func TestParse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := outlines.Draw(rt, "outline").program()
		back, err := parse(p.String())
		if err != nil {
			rt.Fatal(err)
		}
		if back.String() != p.String() {
			rt.Fatalf("parsed\n%vas\n%v", p.String(), back.String())
		}
	})
	for _, bad := range []string{"a = 1", "    a = None", "def f(x):\n    a = None\n", "f(a)"} {
		if p, err := parse(bad); err == nil {
			t.Errorf("parsed %q as %v", bad, p.String())
		}
	}
}
