package differential

import (
	"fmt"
	"slices"
	"strings"
)

// program is a list of statements that ends with an exit.
type program []statement

// source is a program as text, with comments to its lines.
type source struct {
	b        strings.Builder
	comments map[int]string
	mark     int // the line to point at
	line     int
}

// numbered returns the program with its line numbers set.
func (p program) numbered() program {
	return number(p, new(source))
}

func number(p []statement, s *source) []statement {
	p = slices.Clone(p)
	for i := range p {
		if p[i].op == opCall {
			s.line += headLines(p[i])
			p[i].body = number(p[i].body, s)
		}
		s.line++
		p[i].line = s.line
	}
	return p
}

func (p program) String() string { return p.annotated(nil, 0) }

// GoString is what rapid prints of a drawn program; the failure's text has it all.
func (p program) GoString() string {
	return fmt.Sprintf("a program of %d statements, see below", len(p))
}

func (p program) annotated(comments map[int]string, mark int) string {
	s := &source{comments: comments, mark: mark}
	s.write(p, "")
	return s.b.String()
}

func (s *source) write(p []statement, indent string) {
	for _, st := range p {
		if st.op == opCall {
			s.add(indent + "def f(x):")
			if minted := mintedBy(st.body); len(minted) > 0 {
				s.add(indent + "    global " + strings.Join(minted, ", "))
			}
			s.write(st.body, indent+"    ")
		}
		s.add(indent + st.String())
	}
}

func (s *source) add(text string) {
	s.line++
	pointer := " "
	if s.line == s.mark {
		pointer = ">"
	}
	if c := s.comments[s.line]; c != "" {
		text = fmt.Sprintf("%-40s  # %s", text, c)
	}
	fmt.Fprintf(&s.b, "%s%3d  %s\n", pointer, s.line, text)
}

// headLines returns how many lines come before a function's body.
func headLines(call statement) int {
	if len(mintedBy(call.body)) > 0 {
		return 2
	}
	return 1
}

// mintedBy returns the global names that a function's body defines.
func mintedBy(body []statement) []string {
	var names []string
	for _, s := range body {
		if s.op.has("w") || s.op.has("f") {
			names = append(names, s.w)
		}
	}
	return names
}
