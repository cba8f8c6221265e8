module binnacle.example/tests/client-credentials

go 1.23.0

require (
	github.com/machinebox/graphql v0.2.2
	golang.org/x/oauth2 v0.30.0
)

require (
	github.com/matryer/is v1.4.1 // indirect
	github.com/pkg/errors v0.9.1 // indirect
)
