package debughttp

import "net/http"

func (s *Server) servePage(w http.ResponseWriter, r *http.Request)  { http.NotFound(w, r) }
func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
