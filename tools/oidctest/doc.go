// Package oidctest signs people in with a real provider of OpenID Connect, that of the library zitadel/oidc, which runs
// in the test. It is a module of its own, so that the product does not depend on a provider.
package oidctest
