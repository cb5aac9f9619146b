// Package index is a workload that has something of everything: it reads a tree
// of Go files and holds
//
//   - the syntax trees weakly in a cache, with a finalizer on each, and strongly
//     in working sets, one for each large directory;
//   - the files' contents by reference count, with a destructor;
//   - the names and string literals in the trees as interned strings.
//
// Then it drops one working set after the other and looks what becomes of what.
// The largest file of each set stays open, as in an editor, which is a second
// owner of its tree and contents: those must survive until it is closed.
package index
