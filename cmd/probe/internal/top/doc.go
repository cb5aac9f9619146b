// Package top is the screen of `probe top`: what is alive in some processes, what
// should not be, and whether their cleanups keep up.
//
// A [Fleet] takes in what the targets send and knows the state of all of them as
// one. [Run] shows it on a terminal until the person quits; [Watch] writes it as a
// block of lines for each interval, and [Records] as JSON. All three read the same
// channel of [Update], and do not know where it comes from.
package top
