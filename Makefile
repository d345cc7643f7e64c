# Two commands are enough for a newcomer: `make run` and `make test`.
# Needed beforehand: Go and Node (see go.mod and web/package.json for versions).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL: # the order of tests is the order written; scripts/build.sh goes side by side by itself
.DEFAULT_GOAL := help

# The same flags for building, vetting and testing, so that everything is compiled once.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false

# What `make run` passes on, by the environment; not given means the embedded default.
#   DB=postgres://…            the product's database (default: a SQLite file in DATA)
#   TEMPORAL_ADDRESS=host:port an outside Temporal server (default: the embedded one)
#   DATA=folder                where the embedded servers keep their data (default: data)
#   ADDR=host:port             where the application listens
ifneq ($(DB),)
export SHOUWANG_DB := $(DB)
endif
ifneq ($(DATA),)
export SHOUWANG_DATA := $(DATA)
endif
ifneq ($(ADDR),)
export SHOUWANG_ADDR := $(ADDR)
endif
ifneq ($(TEMPORAL_ADDRESS),)
export TEMPORAL_ADDRESS
endif
# FAMILIES is how many bench-quality fills in.
FAMILIES ?= 20000
# FOR is how long fuzz-api asks, SEED where it begins.
FOR ?= 10m
SEED ?=
# ARGS=… go to the command behind demo and bench.
ARGS ?=

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
WEB_SOURCES := $(shell find web/src web/public web/index.html web/m.html web/sw.js web/vite.config.ts web/i18n web/tsconfig.json web/package.json \
	-type f ! -name '*.test.ts' ! -name '*.test.tsx' 2>/dev/null)

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z\/-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run

.PHONY: run
run: ## Build what is needed and serve; Ctrl-C stops all (DB=, TEMPORAL_ADDRESS=, DATA=, ADDR=)
	@scripts/build.sh
	@exec bin/shouwang serve

.PHONY: demo
demo: build ## Drive one identification through every party on a throw-away stack (ARGS=--json)
	bin/shouwang demo $(ARGS)

##@ Build

.PHONY: build
build: ## Build bin/shouwang, the web application in it and bin/devstack, side by side
	@scripts/build.sh

# Go itself knows what is up to date.
.PHONY: bin/shouwang
bin/shouwang: ## Build the server alone, with the web application as it was last built
	go build -ldflags='-s -w -X main.version=$(VERSION)' -o $@ ./cmd/shouwang

bin/devstack: $(wildcard deploy/devstack/*.go) deploy/devstack/go.mod deploy/devstack/go.sum ## Build the embedded Temporal server (minutes when cold)
	cd deploy/devstack && go build -v -ldflags='-s -w' -o ../../$@ .
	@touch $@

.PHONY: web
web: web/dist/index.html ## Build the web application into web/dist

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

# Installs what the lock file says, as `npm ci` does, which however refuses a lock
# file that lacks a linter's binary for some other platform.
web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

##@ Test

.PHONY: test
test: test-deps build test-go test-devstack test-oidc test-web test-browser ## Run every test, on SQLite and on PostgreSQL

.PHONY: test-deps
test-deps: ## Install what the tests need and the machine lacks (PostgreSQL, a browser, a Chinese font, poppler)
	@scripts/test-deps.sh

.PHONY: test-go
test-go: bin/devstack ## Test the Go packages (SHOUWANG_TEST_SKIP_POSTGRES=1 without PostgreSQL)
	go vet ./...
	@# First what mostly waits, beside what mostly works.
	GOGC=400 go test -vet=off -p 2 -timeout 25m ./worker ./...

.PHONY: test-devstack
test-devstack: ## Test the embedded Temporal server
	cd deploy/devstack && go test -vet=off -timeout 10m -ldflags='-s -w' ./...

.PHONY: test-web
test-oidc: ## Sign in with a real provider of OpenID Connect
	cd tools/oidctest && go test -vet=off -timeout 10m ./...

test-web: web/dist/index.html ## Check the types of the web application and run its unit tests
	cd web && npm run check && npm test && npm run size

.PHONY: test-browser
test-browser: ## Use the application in a real browser
	cd web && npm run e2e

.PHONY: e2e
e2e: build test-deps test-browser ## Build, then use the application in a real browser

.PHONY: security
security: ## Prove who learns nothing of what is not his, and that the proof can fail; prints a count of each part
	@scripts/security.sh

.PHONY: fuzz-api
fuzz-api: ## Ask every operation with valid, borderline and broken requests (FOR=10m, SEED= to start from one)
	SHOUWANG_FUZZ_FOR=$(FOR) SHOUWANG_FUZZ_SEED=$(SEED) go test -vet=off -count=1 -v -timeout 60m -run 'TestFuzz' ./api

.PHONY: replay
replay: ## Replay the checked-in workflow histories through the present code
	go test -vet=off -count=1 -v -run Replay ./workflows/...

.PHONY: bench
bench: build ## Measure one step over HTTP beside the bare limit of the machine
	go run ./internal/bench $(ARGS)

.PHONY: bench-quality
bench-quality: ## Run the data rules and screening over many families on PostgreSQL (FAMILIES=1000000)
	go run ./internal/scale -db postgres -quality -households $(FAMILIES) $(ARGS)

.PHONY: bench-scale
bench-scale: ## Ask a county office's pages of a million households on PostgreSQL; the plans go to docs/scale-plans.md
	go run ./internal/scale -db postgres -only "county " -plans docs/scale-plans.md $(ARGS)

.PHONY: bench-ledger
bench-ledger: ## Import a ledger of 100 000 rows into PostgreSQL, beside COPY of the same rows
	go run ./internal/scale -db postgres -ledger 28000 $(ARGS)

##@ Check

.PHONY: check
check: lint verify-generated build ## Lint, prove generated files current, check every procedure
	bin/shouwang check

.PHONY: lint
lint: web/node_modules/.package-lock.json ## Formatting, go vet, workflow determinism, web lint
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	go vet ./...
	cd deploy/devstack && go vet ./...
	go tool -modfile=tools/go.mod workflowcheck -config workflowcheck.config.yaml ./procedure ./workflows
	cd web && npm run check && npm run lint

.PHONY: generate
generate: web/node_modules/.package-lock.json ## Make the generated code and the pages about procedures again
	go generate ./...
	go run ./internal/docgen
	cd web && npm run gen

.PHONY: dependencies
dependencies: ## Write docs/dependencies.md anew: all modules and packages with their licences
	go run ./internal/inventory

.PHONY: verify-generated
verify-generated: ## Fail if generated code is not what generate makes
	@scripts/verify-generated.sh

.PHONY: clean
clean: ## Remove what was built; data stays
	rm -rf bin .cache web/node_modules
	find web/dist -mindepth 1 ! -name .gitkeep -delete
