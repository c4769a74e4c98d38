// Package stack holds values of which the last one in is the first one out.
package stack

// Stack is empty at first.
type Stack[T any] struct {
	items []T
}

// Push puts a value on top.
func (s *Stack[T]) Push(item T) {
	
}

// Pop takes the value on top away and returns it; it returns false if there is none.
func (s *Stack[T]) Pop() (T, bool) {
	var zero T
	if len(s.items) == 0 {
		return zero, false
	}
	top := s.items[len(s.items)-1]
	
	return top, true
}
