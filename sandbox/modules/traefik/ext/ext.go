// Package ext stands in for a nested module of Traefik's that the module proxy does not serve: the
// places where a commercial edition adds to the configuration, and nothing is added.
package ext

// HTTP is a part of all routers and services.
type HTTP struct{}

// Router is a part of every router.
type Router struct{}
