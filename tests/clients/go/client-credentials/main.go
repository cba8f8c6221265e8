// A client as many exist: golang.org/x/oauth2/clientcredentials for the token, github.com/machinebox/graphql for the call.
// It reads one request as JSON from its input and prints what came of it as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/machinebox/graphql"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type request struct {
	TokenURL     string   `json:"tokenUrl"`
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"`
	Scopes       []string `json:"scopes"`
	// "header", "params", or empty: the library finds out.
	AuthStyle string `json:"authStyle"`
	// Used instead of a new one.
	AccessToken string `json:"accessToken"`
	GraphQLURL  string `json:"graphqlUrl"`
	Query       string `json:"query"`
	Tenant      string `json:"tenant"`
}

type outcome struct {
	AccessToken string          `json:"accessToken,omitempty"`
	TokenType   string          `json:"tokenType,omitempty"`
	Seconds     int             `json:"seconds,omitempty"`
	Scope       any             `json:"scope,omitempty"`
	TokenError  string          `json:"tokenError,omitempty"`
	TokenStatus int             `json:"tokenStatus,omitempty"`
	Result      json.RawMessage `json:"result,omitempty"`
	CallError   string          `json:"callError,omitempty"`
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := json.NewEncoder(os.Stdout).Encode(run(ctx, asked)); err != nil {
		os.Exit(2)
	}
}

func run(ctx context.Context, asked request) (got outcome) {
	source := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: asked.AccessToken, TokenType: "bearer"})
	if asked.AccessToken == "" {
		styles := map[string]oauth2.AuthStyle{"": oauth2.AuthStyleAutoDetect, "header": oauth2.AuthStyleInHeader, "params": oauth2.AuthStyleInParams}
		config := clientcredentials.Config{
			ClientID: asked.ClientID, ClientSecret: asked.ClientSecret, TokenURL: asked.TokenURL, Scopes: asked.Scopes, AuthStyle: styles[asked.AuthStyle],
		}
		token, err := config.Token(ctx)
		if err != nil {
			got.TokenError = err.Error()
			if refused, ok := err.(*oauth2.RetrieveError); ok {
				got.TokenStatus = refused.Response.StatusCode
			}
			return got
		}
		got.AccessToken, got.TokenType, got.Scope = token.AccessToken, token.Type(), token.Extra("scope")
		got.Seconds = int(time.Until(token.Expiry).Round(time.Second).Seconds())
		source = oauth2.StaticTokenSource(token)
	}
	if asked.Query == "" {
		return got
	}
	client := graphql.NewClient(asked.GraphQLURL, graphql.WithHTTPClient(oauth2.NewClient(ctx, source)))
	call := graphql.NewRequest(asked.Query)
	call.Header.Set("Tenant", asked.Tenant)
	if err := client.Run(ctx, call, &got.Result); err != nil {
		got.CallError = err.Error()
	}
	return got
}
